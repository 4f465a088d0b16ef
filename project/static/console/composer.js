// Where a message is written. Enter sends, Shift+Enter breaks the line, Escape stops the answer that is being written;
// a draft stays with its conversation.

import { Chooser } from "./chooser.js";
import { byId, show } from "./dom.js";
import { tell } from "./problem.js";

const TALLEST = 0.4; // of the window

export class Composer {
  #form = byId("composer");
  #text = byId("text");
  #drafts = new Map();
  #conversation = null;
  #stop = byId("stop");
  #chooser = new Chooser();
  #actions;

  /** @param {{send: (text: string, to: ?{expert: string, skill: string}) => void, stop: () => void}} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#text.addEventListener("keydown", (event) => this.#pressed(event));
    this.#stop.addEventListener("click", () => this.#halt());
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
      this.#chooser.choose(null);
    }
    this.#conversation = conversation;
    this.#text.setAttribute("aria-label", `Message in ${title}`);
    show(this.#form, obstacle === null);
    show(byId("read-only"), obstacle !== null);
    byId("read-only").textContent = obstacle ?? "";
    this.#changed();
  }

  /** @param {object[]} experts to whom a message can be given */
  offer(experts) {
    this.#chooser.offer(experts);
  }

  /** Whether somebody is in the middle of writing. */
  get busy() {
    return this.#text.value !== "";
  }

  focus() {
    if (this.#form.hidden) return false;
    this.#text.focus({ preventScroll: true });
    return true;
  }

  /**
   * Show whether something is being answered that can be stopped.
   * @param {"none"|"open"|"stopping"} state
   * @param {string} hint what a new message does meanwhile
   */
  answering(state, hint) {
    const words = { none: "", open: "Stop", stopping: "Stopping..." }[state];
    if (this.#stop.dataset.state !== state) {
      if (state === "none" && document.activeElement === this.#stop) this.focus();
      show(this.#stop, state !== "none");
      this.#stop.dataset.state = state;
      this.#stop.setAttribute("aria-disabled", String(state === "stopping")); // disabled, it would lose the focus
      byId("stop-label").textContent = words;
      this.#stop.title = state === "open" ? "Stop the answer (Escape)" : "";
    }
    byId("composer-now").textContent = state === "none" ? "" : hint;
    show(byId("stop-hint"), state === "open");
  }

  /** Give a text back to where it was written. @returns {boolean} false when something else stands there by now */
  restore({ conversation, text, metadata }) {
    const here = conversation === this.#conversation;
    if (here ? this.#text.value.trim() : this.#drafts.get(conversation)) return false;
    if (!here) this.#drafts.set(conversation, text);
    else {
      this.#text.value = text;
      this.#address(metadata);
      this.#changed();
    }
    return true;
  }

  /** Put a message back before what is being written. */
  insert({ text, metadata }) {
    this.#text.value = [text, this.#text.value].filter(Boolean).join("\n");
    this.#address(metadata);
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

  #address({ expert, skill } = {}) {
    if (expert) this.#chooser.choose({ expert, skill });
  }

  #send() {
    const text = this.#text.value.trim();
    if (text === "") return;
    const to = this.#chooser.chosen;
    this.#text.value = "";
    this.#chooser.choose(null); // the next message may be for anybody
    this.#changed();
    this.problem(null);
    this.#actions.send(text, to);
    this.#text.focus({ preventScroll: true });
  }

  #pressed(event) {
    if (event.isComposing) return; // an input method picks a candidate with Enter, and leaves with Escape
    if (event.key === "Enter" && !event.shiftKey) this.#send();
    else if (event.key === "Escape" && !this.#stop.hidden) this.#halt();
    else return;
    event.preventDefault();
  }

  #halt() {
    if (this.#stop.dataset.state === "open") this.#actions.stop();
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
