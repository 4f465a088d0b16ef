// One open conversation: its snapshot, then its log from there. Emits `change`, `event` (detail: the envelope),
// `message` (detail: one that is new), `gone`.

import { within } from "./cursor.js";
import { Conversation } from "./conversation.js";
import { newKey } from "./key.js";
import { patiently } from "./patiently.js";

const FOLLOWED_AGAIN_AFTER = 1000;
const NOT_MINE = new Set(["forbidden", "revoked"]);

export class Thread extends EventTarget {
  conversation = new Conversation();
  loaded = false;
  #api;
  #socket;
  #position = null; // cursor of the last durable event taken in
  #earlier = null;
  #held = []; // events that came while a snapshot was on its way
  #loading = false;
  #closed = false;
  #trying = new Set(); // questions that we asked to have answered once more

  constructor(info, api, socket) {
    super();
    this.info = info;
    this.#api = api;
    this.#socket = socket;
  }

  get stream() {
    return `conversation:${this.info.id}`;
  }

  get hasEarlier() {
    return this.#earlier !== null;
  }

  /** Cursor of the newest event known: where the log begins to look backwards. */
  get position() {
    return this.#position;
  }

  /** @throws {Problem} when the snapshot cannot be read; nothing is followed then */
  async open() {
    // The head first: what is written between the two reads is then replayed, and known already.
    const head = await this.#api.head(`conversations/${this.info.id}`);
    await this.#snapshot();
    if (this.#closed) return;
    this.#position = this.conversation.start(head);
    this.loaded = true;
    this.#socket.follow(this.stream, this);
    this.#changed();
  }

  close() {
    this.#closed = true;
    this.#socket.unfollow(this.stream);
  }

  /** Add the page before the oldest message shown. */
  async loadEarlier() {
    if (!this.#earlier) return;
    const page = await this.#api.page(this.#earlier);
    this.#earlier = page.previous;
    this.conversation.restore(page.results);
    this.#changed();
  }

  /** Ask for the end of a run, through outages. @throws {Problem} when the server refuses */
  async stop(run) {
    if (this.conversation.isStopping(run)) return;
    this.#mark(() => this.conversation.stopping(run, true));
    try {
      await patiently(() => this.#api.cancel(run), () => !this.#closed && this.conversation.isOpen(run));
    } catch (problem) {
      this.#mark(() => this.conversation.stopping(run, false));
      if (problem.code !== "run_finished") throw problem; // it was faster: its end is in the log
    }
  }

  /** Have a question answered once more. @throws {Problem} when the server refuses */
  async again(question) {
    if (this.#trying.has(question)) return;
    const key = newKey();
    this.#mark(() => this.#trying.add(question));
    try {
      await patiently(() => this.#api.retry(question, key), () => !this.#closed);
    } catch (problem) {
      if (problem.code !== "run_open") throw problem; // somebody else was faster
    } finally {
      this.#mark(() => this.#trying.delete(question));
    }
  }

  isTrying(question) {
    return this.#trying.has(question);
  }

  #mark(change) {
    change();
    this.#changed();
  }

  // What the socket asks and tells a follower.

  cursor() {
    const unfinished = this.conversation.unfinished;
    return unfinished ? within(this.#position, unfinished) : this.#position;
  }

  receive(envelope) {
    if (this.#loading) this.#held.push(envelope);
    else this.#take(envelope);
  }

  refused() {
    this.dispatchEvent(new Event("gone"));
  }

  #take(envelope) {
    const special = {
      "stream.ready": () => {},
      typing: () => {},
      "stream.reset": () => this.#reset(envelope.data.head),
      "stream.end": () => this.#ended(envelope.data.reason),
      "message.delta": () => this.conversation.extend(envelope) || this.#socket.refollow(this.stream),
    }[envelope.type];
    if (special) special();
    else this.#append(envelope);
    this.dispatchEvent(new CustomEvent("event", { detail: envelope }));
    this.#changed();
  }

  /** What has no place in the log says that filters blocked a message of ours; who sent it had that as the answer. */
  #append(event) {
    if (event.id === null) return;
    const news = this.conversation.apply(event);
    this.#position = event.id;
    if (news) this.dispatchEvent(new CustomEvent("message", { detail: news }));
  }

  #ended(reason) {
    if (NOT_MINE.has(reason)) this.dispatchEvent(new Event("gone"));
    else setTimeout(() => this.#socket.refollow(this.stream), FOLLOWED_AGAIN_AFTER);
  }

  async #reset(head) {
    this.#position = head;
    this.#loading = true;
    try {
      this.conversation.clear();
      await this.#snapshot();
    } catch {
      this.dispatchEvent(new Event("gone")); // whoever listens finds out why, and opens anew
    } finally {
      this.#loading = false;
    }
    this.#held.splice(0).forEach((envelope) => this.#take(envelope));
    this.#changed();
  }

  async #snapshot() {
    const page = await this.#api.latestMessages(this.info.id);
    this.#earlier = page.previous;
    this.conversation.restore(page.results);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
