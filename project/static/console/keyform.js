// The form that makes an API key, and the one place in which the key is ever shown.

import { el, show } from "./dom.js";
import { labelled } from "./panel.js";

const DAY = 86_400_000;
const LIFETIMES = [
  ["30", "In 30 days"],
  ["90", "In 90 days"],
  ["365", "In a year"],
  ["", "Never"],
];
const SCOPES = [
  ["read", "Read", "Conversations, messages and streams."],
  ["chat", "Write", "Messages, and new conversations."],
  ["manage", "Manage", "The workspace, as its owners and admins may."],
  ["introspect", "Introspect", "Ask whether a token is good."],
];
const USUAL = { scopes: ["read", "chat"], lifetime: "90" };

export class KeyForm {
  #name = el("input", { maxlength: "200", autocomplete: "off" });
  #workspace;
  #scopes = SCOPES.map(box);
  #lifetime = el("select", {}, ...LIFETIMES.map(([value, label]) => el("option", { value }, label)));
  #submit = el("button", { type: "submit", class: "button button-main" }, "Create key");

  /** @param {{id: string, name: string}[]} workspaces @param {(fields: object) => Promise<boolean>} create */
  constructor(workspaces, create) {
    this.#workspace = el("select", {}, ...workspaces.map(({ id, name }) => el("option", { value: id }, name)));
    const rights = el("fieldset", { class: "choices" }, el("legend", {}, "It may"), ...this.#scopes);
    const side = [labelled("key-workspace", "Works in", this.#workspace), labelled("key-lifetime", "It ends", this.#lifetime)];
    const name = labelled("key-name", "Name", this.#name, "What it is for: a program, a script.");
    this.node = el("form", { class: "panel-form", novalidate: true }, name, el("div", { class: "pair" }, ...side), rights);
    this.node.append(el("div", { class: "panel-actions" }, this.#submit));
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(create);
    });
    this.#reset();
  }

  async #send(create) {
    this.#submit.disabled = true;
    if (await create(this.#fields)) this.#reset();
    this.#submit.disabled = false;
  }

  get #fields() {
    const days = Number(this.#lifetime.value);
    const ends = days ? { expires_at: new Date(Date.now() + days * DAY).toISOString() } : {};
    const scopes = this.#boxes.filter(({ checked }) => checked).map(({ value }) => value);
    return { name: this.#name.value.trim(), workspace: this.#workspace.value, scopes, ...ends };
  }

  get #boxes() {
    return this.#scopes.map((label) => label.querySelector("input"));
  }

  #reset() {
    this.#name.value = "";
    this.#lifetime.value = USUAL.lifetime;
    for (const scope of this.#boxes) scope.checked = USUAL.scopes.includes(scope.value);
  }
}

/** The new key, to be copied now. It goes with the page. */
export class NewKey {
  #field = el("input", { readonly: true, class: "secret", "aria-label": "The new key", spellcheck: "false" });
  #copy = el("button", { type: "button", class: "button button-main" }, "Copy");

  constructor() {
    const text = "Copy it now and keep it where secrets are kept: it is not shown again.";
    const row = el("div", { class: "secret-row" }, this.#field, this.#copy);
    this.node = el("div", { class: "made", role: "status", hidden: true }, el("p", {}, text), row);
    this.#copy.addEventListener("click", () => this.#take());
  }

  show(key) {
    this.#field.value = key;
    this.#copy.textContent = "Copy";
    show(this.node);
    this.#copy.focus();
  }

  hide() {
    this.#field.value = "";
    show(this.node, false);
  }

  async #take() {
    this.#field.select();
    await navigator.clipboard?.writeText(this.#field.value).catch(() => null); // refused, or no HTTPS: it is selected
    this.#copy.textContent = navigator.clipboard ? "Copied" : "Selected: copy it";
  }
}

function box([value, label, text]) {
  const id = `scope-${value}`;
  const input = el("input", { type: "checkbox", id, value, "aria-describedby": `${id}-text` });
  const words = el("span", {}, el("span", { class: "choice-label" }, label));
  words.append(el("span", { class: "choice-text", id: `${id}-text` }, text));
  return el("label", { class: "choice", for: id }, input, words);
}
