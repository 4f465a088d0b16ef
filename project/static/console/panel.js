// Parts of the account page: a titled section, its list, the place for what went wrong in it.

import { byId, el, show } from "./dom.js";
import { tell } from "./problem.js";

/** A section of the page under a heading that can take the focus. */
export class Panel {
  problem = el("div", { class: "problem", role: "alert" });

  constructor(id, title, text) {
    this.heading = el("h2", { id, tabindex: "-1" }, title);
    this.node = el("section", { class: "panel", "aria-labelledby": id }, this.heading);
    this.node.append(el("p", { class: "muted small" }, text), this.problem);
  }

  /** Do something; what is refused is told here. @returns {Promise<boolean>} whether it was done */
  async guard(work) {
    tell(this.problem, null);
    try {
      await work();
      return true;
    } catch (problem) {
      tell(this.problem, problem);
      return false;
    }
  }
}

/** One row: what it is called, what is said of it, what can be done to it. */
export function entry(title, chips, said, ...actions) {
  const head = el("p", { class: "entry-title" }, el("span", { class: "name" }, title), ...chips);
  const facts = el("p", { class: "entry-facts" }, ...said.flatMap((fact) => [el("span", {}, fact), " "]));
  return el("li", { class: "entry" }, el("div", { class: "entry-text" }, head, facts), ...actions);
}

export const chip = (text, kind = "") => el("span", { class: `chip ${kind}` }, text);

/** @param {string} id of the control @param {Node} control */
export function labelled(id, text, control, hint = "") {
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  const label = el("label", { for: id }, text);
  return el("div", { class: "labelled" }, label, control, hint && el("p", { class: "muted small", id: `${id}-hint` }, hint));
}

export function announce(words) {
  byId("announcer").textContent = words;
}

/** Pages of rows behind a button, as long as there are more. */
export class Pages {
  #read;
  #next = null;
  rows = [];
  more = el("button", { type: "button", class: "button button-quiet", hidden: true }, "Load more");

  /** @param {(url: string) => Promise<{results: object[], next: ?string}>} read */
  constructor(read) {
    this.#read = read;
  }

  async begin(first) {
    this.rows = [];
    this.#take(await first());
  }

  async follow() {
    this.#take(await this.#read(this.#next));
  }

  #take({ results, next }) {
    this.rows.push(...results);
    this.#next = next;
    show(this.more, next !== null);
  }
}
