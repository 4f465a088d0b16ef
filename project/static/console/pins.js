// What stays known however old it gets: messages and notes that people pinned, and notes of the system.

import { clock } from "./clock.js";
import { arrange, el, icon, show } from "./dom.js";
import { keepingFocus, part, Rows, tool } from "./rows.js";

const LONGEST = 2000;

export class Pins {
  #actions;
  #part = part("known-pins", "Pinned");
  #rows = new Rows();
  #list = el("ul", { class: "known-rows", "aria-labelledby": "known-pins" });
  #empty = el("p", { class: "muted small" });
  #text = el("textarea", { id: "known-note", rows: "2", maxlength: String(LONGEST) });
  #submit = el("button", { type: "submit", class: "button button-small" }, "Pin the note");
  #form = el("form", { class: "known-form" }, el("label", { for: "known-note" }, "Add a note"), this.#text, this.#submit);

  /** @param {{note: Function, unpin: Function, reveal: Function}} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#part.node.append(this.#empty, this.#list, this.#form);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#note();
    });
  }

  get node() {
    return this.#part.node;
  }

  clear() {
    this.#text.value = "";
  }

  show(pins, mayWrite) {
    const rows = pins.map((pin) => this.#rows.row(keyOf(pin), [pin, mayWrite], () => this.#row(pin, mayWrite)));
    this.#rows.keep(new Set(pins.map(keyOf)));
    keepingFocus(this.#part, () => arrange(this.#list, rows));
    this.#empty.textContent = `Nothing is pinned.${mayWrite ? " Pin a message, or write a note, and it stays known." : ""}`;
    show(this.#empty, pins.length === 0);
    show(this.#form, mayWrite);
  }

  async #note() {
    const text = this.#text.value.trim();
    if (!text) return this.#text.focus();
    this.#submit.disabled = true;
    if (await this.#actions.note(text)) this.#text.value = "";
    this.#submit.disabled = false;
    return this.#text.focus();
  }

  #row({ id, message, text, expires_at: ends }, mayWrite) {
    const said = message ? message.text : text;
    const whose = id === null ? "System note" : message ? message.author : "Note";
    const head = ends ? `${whose}, until ${clock.date(ends)}` : whose;
    const words = el("div", { class: "known-text" }, el("p", { class: "muted small" }, head));
    words.append(el("p", { class: "pinned-text" }, said || "(no text)"));
    const name = start(said);
    const reveal = () => this.#actions.reveal(message.id);
    const show = message && tool(`show:${message.id}`, `Show the message: ${name}`, reveal, "Show");
    const unpin = () => this.#actions.unpin(id);
    const away = id && mayWrite && tool(`unpin:${id}`, `Unpin: ${name}`, unpin, icon("close"));
    return el("li", { class: "known-row" }, words, show, away);
  }
}

const keyOf = ({ id, message }) => id ?? message.id;

function start(text) {
  const line = text.trim().split("\n", 1)[0];
  return line.length > 40 ? `${line.slice(0, 40)}...` : line || "no text";
}
