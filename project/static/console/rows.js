// Rows that are shown anew again and again. One that shows the same stays the same node, with its focus and what is
// typed in it; where one with the focus is replaced or gone, the focus goes to the same control, or to the heading.

import { el } from "./dom.js";

export class Rows {
  #nodes = new Map(); // key -> {node, stamp}

  /** @param {string} key @param {any} shown what the row shows, as JSON would have it @param {() => Node} make */
  row(key, shown, make) {
    const stamp = JSON.stringify(shown);
    const known = this.#nodes.get(key);
    if (known?.stamp === stamp) return known.node;
    const node = make();
    this.#nodes.set(key, { node, stamp });
    return node;
  }

  /** Forget all rows but these. */
  keep(keys) {
    for (const key of this.#nodes.keys()) if (!keys.has(key)) this.#nodes.delete(key);
  }
}

export function part(id, title) {
  const heading = el("h3", { id, tabindex: "-1" }, title);
  return { heading, node: el("section", { class: "known-part", "aria-labelledby": id }, heading) };
}

/** A small button of a row. `name`: what the focus is found by. */
export function tool(name, label, click, ...children) {
  const attributes = { type: "button", class: "button button-quiet tool", "data-focus": name, "aria-label": label, title: label };
  return el("button", { ...attributes, on: { click } }, ...children);
}

export function keepingFocus({ node, heading }, paint) {
  const held = node.contains(document.activeElement) ? (document.activeElement.dataset.focus ?? "") : null;
  paint();
  if (held === null || node.contains(document.activeElement)) return;
  (node.querySelector(`[data-focus="${CSS.escape(held)}"]`) ?? heading).focus({ preventScroll: true });
}
