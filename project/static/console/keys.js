// "API keys": what programs sign in with. A key is shown once, when it is made.

import { clock } from "./clock.js";
import { ask } from "./dialog.js";
import { arrange, el, show } from "./dom.js";
import { freshly } from "./freshly.js";
import { KeyForm, NewKey } from "./keyform.js";
import { announce, chip, entry, Pages, Panel } from "./panel.js";

const TEXT = "For programs. Each works in one workspace, with the rights it was given, until it ends or is revoked.";

export class Keys {
  #api;
  #names;
  #panel = new Panel("keys-title", "API keys", TEXT);
  #list = el("ul", { class: "entries", "aria-labelledby": "keys-title" });
  #none = el("p", { class: "muted small", hidden: true }, "You have no keys.");
  #made = new NewKey();
  #pages;

  /** @param {{id: string, name: string}[]} workspaces in which keys can be made */
  constructor(api, workspaces) {
    this.#api = api;
    this.#names = new Map(workspaces.map(({ id, name }) => [id, name]));
    this.#pages = new Pages(api.page);
    this.#pages.more.addEventListener("click", () => this.#show(() => this.#pages.follow()));
    this.#panel.node.append(this.#made.node, this.#list, this.#none, this.#pages.more);
    if (workspaces.length === 0) return;
    const form = new KeyForm(workspaces, (fields) => this.#create(fields));
    const summary = el("summary", { class: "button" }, "New key");
    this.#panel.node.append(el("details", { class: "fold" }, summary, form.node));
  }

  get node() {
    return this.#panel.node;
  }

  load() {
    return this.#show(() => this.#pages.begin(this.#api.keys));
  }

  async #show(work) {
    const shown = await this.#panel.guard(work);
    arrange(this.#list, this.#pages.rows.map((key) => this.#row(key)));
    show(this.#none, shown && this.#pages.rows.length === 0);
  }

  async #create(fields) {
    let made = null;
    await this.#panel.guard(async () => (made = await freshly(this.#api, () => this.#api.createKey(fields))));
    if (made === null) return false;
    await this.load();
    this.#made.show(made.key);
    this.node.querySelector("details").open = false;
    return true;
  }

  #row(key) {
    const { name, prefix, scopes, workspace, created_at: created, last_used_at: used, expires_at: ends } = key;
    const said = [
      el("code", {}, `${prefix}\u2026`),
      this.#names.get(workspace),
      used ? `Last used ${clock.ago(used)}` : "Never used",
      ends ? `Ends ${clock.date(ends)}` : "Does not end",
    ].filter(Boolean);
    const label = `Revoke ${name}`;
    const revoke = el("button", { type: "button", class: "button button-small", "aria-label": label }, "Revoke");
    revoke.addEventListener("click", () => this.#revoke(key));
    const row = entry(name, scopes.map((scope) => chip(scope)), said, revoke);
    row.title = `Made ${clock.full(created)}`;
    return row;
  }

  async #revoke({ id, name }) {
    const text = "Programs that use it are refused at once. This cannot be undone.";
    const question = { title: `Revoke "${name}"?`, text, ok: "Revoke", danger: true };
    if (!(await ask(question, () => this.#api.revokeKey(id)))) return;
    announce(`The key ${name} is revoked.`);
    this.#made.hide(); // it may be the one
    await this.load();
    this.#panel.heading.focus();
  }
}
