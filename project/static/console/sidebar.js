// The list of conversations of one workspace, newest first, kept current by the workspace's log.

import { clock } from "./clock.js";
import { arrange, byId, el, show } from "./dom.js";
import { newKey } from "./key.js";
import { Problem, tell } from "./problem.js";

export const UNTITLED = "New conversation";

/** Emits `created` (detail: the conversation) and `changed` (detail: one whose row changed). */
export class Sidebar extends EventTarget {
  #api;
  #rows = new Map();
  #next = null;
  #workspace = null;
  #archived = false;
  #current = null;
  #key = null; // of a creation whose outcome is unknown

  constructor(api) {
    super();
    this.#api = api;
    byId("create").addEventListener("click", () => this.#create());
    byId("more").addEventListener("click", () => this.#more());
    byId("archived").addEventListener("click", () => this.#toggle());
  }

  /** @param {string} workspace whose conversations `load` reads from now on */
  enter(workspace) {
    this.#workspace = workspace;
    this.#archived = false;
    this.#rows.clear();
  }

  permit(mayWrite) {
    show(byId("create"), mayWrite);
  }

  async load() {
    byId("archived").setAttribute("aria-pressed", String(this.#archived));
    this.#rows.clear();
    this.#next = null;
    show(byId("conversations-empty"), false);
    byId("conversations").replaceChildren(...["long", "middle", "short"].map(bone));
    await this.#guard(async () => this.#add(await this.#api.conversations(this.#workspace, this.#archived)));
  }

  mark(conversation) {
    this.#current = conversation;
    this.#paint();
  }

  /** Take in what is known of a conversation now. It stands in the list while it belongs there. */
  put(conversation) {
    const known = this.#rows.get(conversation.id);
    const merged = { ...known, ...conversation };
    if (merged.archived === this.#archived && merged.workspace === this.#workspace) this.#rows.set(merged.id, merged);
    else this.#rows.delete(merged.id);
    this.#paint();
    this.dispatchEvent(new CustomEvent("changed", { detail: conversation }));
  }

  remove(id) {
    this.#rows.delete(id);
    this.#paint();
  }

  problem(problem) {
    tell(byId("sidebar-problem"), problem);
  }

  async #create() {
    this.#key ??= newKey();
    byId("create").disabled = true;
    await this.#guard(async () => {
      const conversation = await this.#api.createConversation(this.#workspace, this.#key);
      this.#key = null;
      if (this.#archived) await this.#toggle();
      this.put(conversation);
      this.dispatchEvent(new CustomEvent("created", { detail: conversation }));
    });
    byId("create").disabled = false;
  }

  async #more() {
    await this.#guard(async () => this.#add(await this.#api.page(this.#next)));
  }

  async #toggle() {
    this.#archived = !this.#archived;
    await this.load();
  }

  #add(page) {
    for (const conversation of page.results) this.#rows.set(conversation.id, conversation);
    this.#next = page.next;
  }

  async #guard(work) {
    this.problem(null);
    try {
      await work();
    } catch (problem) {
      if (problem instanceof Problem && !problem.passing) this.#key = null;
      this.problem(problem);
    }
    this.#paint();
  }

  #paint() {
    const rows = [...this.#rows.values()].sort((a, b) => (a.id < b.id ? 1 : -1)); // ids grow with time
    const focused = document.activeElement?.closest?.("#conversations a")?.dataset.id;
    arrange(byId("conversations"), rows.map((row) => this.#row(row)));
    if (focused) document.querySelector(`#conversations a[data-id="${focused}"]`)?.focus();
    byId("conversations-empty").textContent = this.#archived ? "Nothing is archived." : "No conversations yet.";
    show(byId("conversations-empty"), rows.length === 0 && byId("sidebar-problem").childElementCount === 0);
    show(byId("more"), this.#next !== null);
  }

  #row({ id, title, created_at: created }) {
    const current = id === this.#current ? "page" : null;
    const attributes = { href: `#/c/${id}`, "data-id": id, "aria-current": current, title };
    const time = created && el("time", { datetime: created, title: clock.full(created) }, clock.brief(created));
    return el("li", {}, el("a", attributes, el("span", { class: "row-title" }, title || UNTITLED), time));
  }
}

function bone(width) {
  return el("li", { class: `bone ${width}`, "aria-hidden": "true" });
}
