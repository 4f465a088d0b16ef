// A panel beside the conversation, of which there is one at a time. Escape closes it, and its button has the focus again.

import { byId, show } from "./dom.js";

let shown = null;

export class Side {
  #id;
  #changed;

  /** @param {string} id of the panel; its parts are named after it @param {() => void} changed it opened or closed */
  constructor(id, changed) {
    this.#id = id;
    this.#changed = changed;
    this.#part("toggle").addEventListener("click", () => this.toggle(!this.open));
    this.#part("close").addEventListener("click", () => this.toggle(false));
    byId(id).addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(false));
  }

  get open() {
    return !byId(this.#id).hidden;
  }

  toggle(open) {
    if (open && shown !== this) shown?.toggle(false);
    shown = open ? this : null;
    const inside = byId(this.#id).contains(document.activeElement);
    show(byId(this.#id), open);
    this.#part("toggle").setAttribute("aria-expanded", String(open));
    document.body.toggleAttribute("data-side", open);
    if (open) this.#part("scroller").focus({ preventScroll: true });
    else if (inside) this.#part("toggle").focus();
    this.#changed();
  }

  #part(name) {
    return byId(`${this.#id}-${name}`);
  }
}
