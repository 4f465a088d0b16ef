// Where a message is written. Enter sends, Shift+Enter breaks the line; a draft stays with its conversation.

import { byId, show } from "./dom.js";
import { tell } from "./problem.js";

const TALLEST = 0.4; // of the window

export class Composer {
  #form = byId("composer");
  #text = byId("text");
  #drafts = new Map();
  #conversation = null;
  #submit;

  /** @param {(text: string) => void} submit */
  constructor(submit) {
    this.#submit = submit;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("keydown", (event) => {
      // While an input method is composing, Enter picks a candidate.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("input", () => this.#changed());
  }

  /**
   * @param {string} conversation
   * @param {string} title what the field says it writes into
   * @param {?string} obstacle why nothing can be written, if so
   */
  open(conversation, title, obstacle) {
    if (conversation !== this.#conversation) {
      this.#text.value = this.#drafts.get(conversation) ?? "";
      tell(byId("composer-problem"), null);
    }
    this.#conversation = conversation;
    this.#text.setAttribute("aria-label", `Message in ${title}`);
    show(this.#form, obstacle === null);
    show(byId("read-only"), obstacle !== null);
    byId("read-only").textContent = obstacle ?? "";
    this.#changed();
  }

  focus() {
    if (this.#form.hidden) return false;
    this.#text.focus({ preventScroll: true });
    return true;
  }

  /** Put a text back before what is being written. */
  insert(text) {
    this.#text.value = [text, this.#text.value].filter(Boolean).join("\n");
    this.#changed();
    this.focus();
  }

  /** @param {?Problem} problem why the last message was refused */
  problem(problem) {
    tell(byId("composer-problem"), problem);
    if (problem) this.#text.setAttribute("aria-invalid", "true");
    else this.#text.removeAttribute("aria-invalid");
  }

  forget() {
    this.#drafts.clear();
    this.#conversation = null;
    this.#text.value = "";
  }

  #send() {
    const text = this.#text.value.trim();
    if (text === "") return;
    this.#text.value = "";
    this.#changed();
    this.problem(null);
    this.#submit(text);
    this.#text.focus({ preventScroll: true });
  }

  #changed() {
    const text = this.#text.value;
    if (text) this.#drafts.set(this.#conversation, text);
    else this.#drafts.delete(this.#conversation);
    byId("send").disabled = text.trim() === "";
    this.#text.style.height = "auto";
    this.#text.style.height = `${Math.min(this.#text.scrollHeight, innerHeight * TALLEST)}px`;
  }
}
