// The experts of a workspace: whom a message can be given to, and what they are called. They are a comfort: where they
// cannot be read, messages are written as ever.

import { unlessProblem } from "./problem.js";

export class Experts {
  #workspace = null;
  #rows = [];

  /** Read them anew: somebody may have switched one off. @param {() => void} changed what is known is another */
  async load(api, workspace, changed) {
    if (workspace !== this.#workspace) this.#rows = [];
    this.#workspace = workspace;
    changed();
    const rows = await everyPage(api, workspace).catch(unlessProblem);
    if (rows === null || workspace !== this.#workspace) return;
    this.#rows = rows.filter(({ enabled }) => enabled !== false);
    changed();
  }

  /** @returns {{slug: string, name: string, description: string, skills: object[], planned: boolean}[]} by name */
  get all() {
    return [...this.#rows].sort((a, b) => a.name.localeCompare(b.name));
  }

  name(slug) {
    return this.#rows.find((expert) => expert.slug === slug)?.name ?? slug;
  }
}

async function everyPage(api, workspace) {
  const rows = [];
  for (let page = await api.experts(workspace); ; page = await api.page(page.next)) {
    rows.push(...(page.results ?? page));
    if (!page.next) return rows;
  }
}
