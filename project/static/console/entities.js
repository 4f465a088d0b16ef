// People, dates, amounts and the like that were recognised, by type. They are pinned, corrected in their row, forgotten.

import { ask } from "./dialog.js";
import { arrange, el, icon, show } from "./dom.js";
import { counted } from "./overview.js";
import { keepingFocus, part, Rows, tool } from "./rows.js";

const LONGEST = 300;
const TYPES = {
  person: "People",
  organisation: "Organisations",
  place: "Places",
  date: "Dates",
  time: "Times",
  money: "Amounts",
  quantity: "Quantities",
  email: "E-mail",
  phone: "Phone numbers",
  url: "Links",
  ip_address: "IP addresses",
  code: "Code",
  ticket: "Tickets",
  mention: "Mentions",
};

export class Entities {
  #actions;
  #part = part("known-entities", "Recognised");
  #rows = new Rows();
  #groups = new Map(); // type -> {node, list}
  #list = el("div", { class: "known-groups" });
  #empty = el("p", { class: "muted small" }, "Nothing was recognised yet: no person, date, amount or address.");
  #editing = null; // the id of the one that is being corrected
  #shown = [[], false];

  /** @param {{change: Function, forget: Function, conversation: Function}} actions `change` tells whether it was done */
  constructor(actions) {
    this.#actions = actions;
    this.#part.node.append(this.#empty, this.#list);
  }

  get node() {
    return this.#part.node;
  }

  clear() {
    this.#editing = null;
  }

  show(entities, mayWrite) {
    this.#shown = [entities, mayWrite];
    this.#rows.keep(new Set(entities.map(({ id }) => id)));
    const types = [...new Set(entities.map(({ type }) => type))].sort(byPlace);
    keepingFocus(this.#part, () => {
      for (const type of types) arrange(this.#group(type).list, this.#ofType(type));
      arrange(this.#list, types.map((type) => this.#group(type).node));
    });
    show(this.#empty, entities.length === 0);
  }

  #ofType(type) {
    const [entities, mayWrite] = this.#shown;
    return entities.filter((entity) => entity.type === type).map((entity) => this.#row(entity, mayWrite));
  }

  #group(type) {
    if (!this.#groups.has(type)) {
      const id = `known-type-${this.#groups.size}`;
      const list = el("ul", { class: "known-rows", "aria-labelledby": id });
      this.#groups.set(type, { list, node: el("div", {}, el("h4", { id }, nameOf(type)), list) });
    }
    return this.#groups.get(type);
  }

  #row(entity, mayWrite) {
    if (mayWrite && entity.id === this.#editing) {
      return this.#rows.row(entity.id, "editing", () => this.#correction(entity));
    }
    const { id, ...shown } = entity;
    return this.#rows.row(id, [shown, mayWrite], () => this.#reading(entity, mayWrite));
  }

  #reading(entity, mayWrite) {
    const words = el("div", { class: "known-text" }, el("p", {}, entity.value), el("p", { class: "muted small" }, said(entity)));
    return el("li", { class: "known-row" }, words, ...(mayWrite ? this.#tools(entity) : []));
  }

  #tools({ id, value, pinned }) {
    const pin = tool(`pin:${id}`, `Pin ${value}`, () => this.#actions.change(id, { pinned: !pinned }), icon("pin"));
    pin.setAttribute("aria-pressed", String(pinned));
    const correct = tool(`correct:${id}`, `Correct ${value}`, () => this.#edit(id), icon("edit"));
    return [pin, correct, tool(`forget:${id}`, `Forget ${value}`, () => this.#forget(id, value), icon("close"))];
  }

  #correction({ id, value }) {
    const input = el("input", { value, maxlength: String(LONGEST), autocomplete: "off", "aria-label": `Correct ${value}` });
    const save = el("button", { type: "submit", class: "button button-small button-main" }, "Save");
    const cancel = el("button", { type: "button", class: "button button-small", on: { click: () => this.#leave(id) } }, "Cancel");
    const form = el("form", { class: "known-form" }, input, el("div", { class: "panel-actions" }, save, cancel));
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation(); // the panel stays
      this.#leave(id);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const typed = input.value.trim();
      if (!typed || typed === value) return this.#leave(id);
      save.disabled = true;
      const done = await this.#actions.change(id, { value: typed });
      if (done && this.#editing === id) this.#leave(id); // another correction that was begun meanwhile stays open
      save.disabled = false;
      return null;
    });
    return el("li", { class: "known-row" }, form);
  }

  #edit(id) {
    this.#editing = id;
    this.show(...this.#shown);
    const input = this.node.querySelector("input");
    input?.form.scrollIntoView({ block: "nearest" });
    input?.select();
  }

  #leave(id) {
    this.#editing = null;
    this.show(...this.#shown);
    (this.node.querySelector(`[data-focus="correct:${id}"]`) ?? this.#part.heading).focus({ preventScroll: true });
  }

  async #forget(id, value) {
    const text = "The assistant no longer knows it, and does not learn it again from this conversation. Messages stay.";
    const conversation = this.#actions.conversation(); // the one of the question, wherever the reader is when it is answered
    const forget = () => this.#actions.forget(id, conversation);
    const done = await ask({ title: `Forget "${value}"?`, text, ok: "Forget", danger: true }, forget);
    if (done) this.#part.heading.focus({ preventScroll: true }); // the button that had it is gone
  }
}

const nameOf = (type) => TYPES[type] ?? type[0].toUpperCase() + type.slice(1).replaceAll("_", " ");

function byPlace(one, other) {
  const [a, b] = [one, other].map((type) => Object.keys(TYPES).indexOf(type));
  return (a < 0) - (b < 0) || a - b || one.localeCompare(other);
}

function said({ value, normal, label = "", count, source, pinned }) {
  const other = normal.toLowerCase() === value.toLowerCase() ? "" : normal;
  const whose = { user: "set by a person", handler: "proposed by a handler" }[source] ?? "";
  return [pinned && "pinned", label, other, count > 0 && `named ${count === 1 ? "once" : counted(count, "time")}`, whose].filter(Boolean).join(", ");
}
