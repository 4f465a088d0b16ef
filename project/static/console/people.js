// Who is who in a workspace, and what the reader may do in it.

import { unlessProblem } from "./problem.js";

const WRITERS = new Set(["owner", "admin", "editor"]);

export class People {
  #names = new Map();

  /** @param {object} user the one signed in @param {string} role theirs in the workspace */
  constructor(user, role) {
    this.me = user.id;
    this.role = role;
    this.#names.set(user.id, user.first_name || user.username);
  }

  get mayWrite() {
    return WRITERS.has(this.role);
  }

  name(id) {
    return this.#names.get(id) ?? "Former member";
  }

  /** Names are a comfort: without them the transcript reads "Former member", and that is all. */
  async load(api, workspace) {
    await this.#read(api, workspace).catch(unlessProblem);
  }

  async #read(api, workspace) {
    let page = await api.members(workspace);
    for (;;) {
      for (const { user } of page.results) this.#names.set(user.id, user.first_name || user.username);
      if (page.next === null) return;
      page = await api.page(page.next);
    }
  }
}
