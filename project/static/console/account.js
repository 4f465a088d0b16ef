// The account page: my devices, my API keys, my password. Emits `left` when all devices were signed out.

import { Devices } from "./devices.js";
import { byId, el, icon, show } from "./dom.js";
import { Keys } from "./keys.js";
import { Password } from "./password.js";

export class Account extends EventTarget {
  #api;
  #page = byId("account");

  constructor(api) {
    super();
    this.#api = api;
  }

  /** @param {object} me the user, and the workspaces that `GET me` lists */
  open({ user, workspaces }) {
    if (!this.#page.hidden) return;
    const devices = new Devices(this.#api, () => this.dispatchEvent(new Event("left")));
    const keys = new Keys(this.#api, workspaces);
    const password = new Password(this.#api, user.username, () => devices.load());
    const parts = [devices, keys, password].map(({ node }) => node);
    this.#page.replaceChildren(head(user), el("div", { class: "panels" }, ...parts));
    show(this.#page);
    byId("account-link").setAttribute("aria-current", "page");
    this.#page.querySelector("h1").focus({ preventScroll: true });
    devices.load();
    keys.load();
  }

  /** Nothing of it stays in the page: neither a key just made nor a password half typed. */
  close() {
    show(this.#page, false);
    this.#page.replaceChildren();
    byId("account-link").removeAttribute("aria-current");
  }
}

function head({ username }) {
  const attributes = { class: "button button-quiet button-icon back", href: "#/" };
  const back = el("a", { ...attributes, "aria-label": "Back to the conversations" }, icon("back"));
  return el("header", { class: "thread-head" }, back, el("h1", { tabindex: "-1" }, `Account of ${username}`));
}
