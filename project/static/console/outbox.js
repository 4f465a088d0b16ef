// Messages on their way. Each keeps its Idempotency-Key until the server has said yes or no, over lost connections,
// restarts of the server and reloads of the page: sent any number of times, it is stored once.
// Emits `change`, `sent` (detail: the item) and `refused` (detail: the item; its `problem` says why).

import { Backoff, pause } from "./backoff.js";
import { newKey } from "./key.js";
import { Problem } from "./problem.js";

const KEPT = "switchboard.outbox";

/**
 * @typedef {object} Item
 * @property {string} key the Idempotency-Key
 * @property {string} conversation
 * @property {"text"|"action"} kind
 * @property {string} text
 * @property {{expert?: string, skill?: string}} metadata to whom it goes, if to an expert
 * @property {"waiting"|"sending"|"sent"|"failed"} state
 * @property {?Problem} problem why it failed, or still waits
 * @property {?string} message its id, once known
 * @property {?string} status the message's, as the server took it
 */
export class Outbox extends EventTarget {
  #api;
  #user;
  #items = [];
  #closed = false;
  #busy = new Set(); // conversations with a send in flight: one at a time keeps their order

  constructor(api, user) {
    super();
    this.#api = api;
    this.#user = user;
    this.#items = recalled(user);
    for (const { conversation } of this.#items) this.#work(conversation);
  }

  of(conversation) {
    return this.#items.filter((item) => item.conversation === conversation);
  }

  /** @param {?{expert: string, skill: string}} to */
  add(conversation, text, to = null) {
    const kind = text.startsWith("/") && !to ? "action" : "text";
    const item = { key: newKey(), conversation, kind, text, metadata: metadataOf(to) };
    this.#items.push({ ...item, state: "waiting", problem: null, message: null });
    this.#changed();
    this.#work(conversation);
  }

  /** Send a refused one again: what the server refused it has not stored, so that it goes as a new submission. */
  retry(item) {
    Object.assign(item, { key: newKey(), state: "waiting", problem: null });
    this.#changed();
    this.#work(item.conversation);
  }

  discard(item) {
    this.#items = this.#items.filter((other) => other !== item);
    this.#changed();
  }

  /** A message of ours was seen in the log, perhaps before the answer to our request: then only its text tells. */
  recognise(message) {
    const own = this.of(message.conversation);
    const candidate = own.find((item) => item.message === null && item.state === "sending" && same(item, message));
    if (candidate && !own.some((item) => item.message === message.id)) candidate.message = message.id;
  }

  /** Forget what the conversation shows by now. */
  settle(conversation, messages) {
    const before = this.#items.length;
    this.#items = this.#items.filter(
      (item) => item.conversation !== conversation || item.state !== "sent" || !messages.has(item.message),
    );
    if (this.#items.length !== before) this.#changed();
  }

  /** The session is over. What waits is kept for the same person's next sign-in in this tab. */
  close() {
    this.#closed = true;
    this.#items = [];
  }

  /** Signed out on purpose: nothing is kept. */
  forget() {
    this.#items = [];
    sessionStorage.removeItem(KEPT);
  }

  async #work(conversation) {
    if (this.#busy.has(conversation)) return;
    this.#busy.add(conversation);
    for (let item; (item = this.#next(conversation)); ) await this.#send(item);
    this.#busy.delete(conversation);
  }

  #next(conversation) {
    return this.of(conversation).find((item) => item.state === "waiting");
  }

  async #send(item) {
    const backoff = new Backoff();
    while (this.#items.includes(item)) {
      this.#set(item, { state: "sending" });
      try {
        const { message, status } = await this.#api.submit(item.conversation, item, item.key);
        this.#set(item, { state: "sent", message, status, problem: null });
        this.dispatchEvent(new CustomEvent("sent", { detail: item }));
        return;
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (this.#closed) return;
        if (!problem.passing) {
          this.#set(item, { state: "failed", problem });
          this.dispatchEvent(new CustomEvent("refused", { detail: item }));
          return;
        }
        this.#set(item, { problem });
        await pause(backoff.next());
      }
    }
  }

  #set(item, fields) {
    Object.assign(item, fields);
    this.#changed();
  }

  #changed() {
    if (this.#closed) return;
    const kept = this.#items.map(({ problem, ...item }) => item);
    if (kept.length) sessionStorage.setItem(KEPT, JSON.stringify({ user: this.#user, items: kept }));
    else sessionStorage.removeItem(KEPT);
    this.dispatchEvent(new Event("change"));
  }
}

function metadataOf(to) {
  if (!to) return {};
  return to.skill ? { expert: to.expert, skill: to.skill } : { expert: to.expert };
}

function recalled(user) {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (kept?.user !== user) return [];
  const state = (item) => (item.state === "sending" ? "waiting" : item.state);
  return kept.items.map((item) => ({ ...item, problem: null, state: state(item) }));
}

function same(item, message) {
  return item.text === message.text && item.kind === message.kind;
}
