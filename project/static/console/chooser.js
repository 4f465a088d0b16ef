// To whom a message goes: whoever suits, or an expert and one of its skills. Below it stands what that is.

import { byId, el, show } from "./dom.js";

const BETWEEN = "\n"; // no slug and no name of a skill holds one

export class Chooser {
  #select = byId("expert");
  #experts = [];

  constructor() {
    this.#select.addEventListener("change", () => this.#describe());
  }

  /** @returns {?{expert: string, skill: string}} */
  get chosen() {
    const [expert, skill] = this.#select.value.split(BETWEEN);
    return expert ? { expert, skill } : null;
  }

  /** @param {object[]} experts what is chosen stays, if it is still there */
  offer(experts) {
    const chosen = this.chosen;
    this.#experts = experts;
    const anybody = el("option", { value: "" }, "Whoever suits");
    this.#select.replaceChildren(anybody, ...experts.map(group));
    show(byId("addressee"), experts.length > 0);
    this.choose(chosen);
  }

  /** @param {?{expert: string, skill: string}} wanted */
  choose(wanted) {
    this.#select.value = wanted ? valueOf(wanted.expert, wanted.skill) : "";
    if (this.#select.selectedIndex < 0 || this.#select.selectedOptions[0].disabled) this.#select.value = "";
    this.#describe();
  }

  #describe() {
    const chosen = this.chosen;
    const expert = this.#experts.find(({ slug }) => slug === chosen?.expert);
    const skill = expert?.skills.find(({ name }) => name === chosen.skill);
    byId("expert-says").textContent = [expert?.description, skill?.description, unwell(expert)].filter(Boolean).join(" ");
  }
}

/** One skill needs no choice of its own. */
function group(expert) {
  const { slug, name, skills, planned } = expert;
  const mark = planned ? " (planned, not there yet)" : "";
  if (skills.length < 2) {
    const label = `${name}${mark}`;
    return el("option", { value: valueOf(slug, skills[0]?.name), disabled: planned, title: expert.description }, label);
  }
  return el("optgroup", { label: `${name}${mark}`, disabled: planned }, ...skills.map((skill) => option(expert, skill)));
}

/** With the name of the expert: closed, the control shows nothing of the group. */
function option({ slug, name }, skill) {
  const attributes = { value: valueOf(slug, skill.name), title: skill.description };
  return el("option", attributes, `${name}: ${worded(skill.name)}`);
}

function valueOf(slug, skill = "") {
  return `${slug}${BETWEEN}${skill}`;
}

function worded(name) {
  return name.replaceAll("_", " ");
}

function unwell(expert) {
  return { failing: "It is in trouble just now.", changed: "It has changed, and waits for who manages it." }[expert?.health];
}
