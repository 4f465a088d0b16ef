// One open conversation: its snapshot, then its log from there. Emits `change`, `event` (detail: the envelope),
// `message` (detail: one that is new), `delegation` (detail: a task that changed just now), `gone`.

import { at, parse, within } from "./cursor.js";
import { Conversation } from "./conversation.js";
import { TYPES } from "./delegations.js";
import { newKey } from "./key.js";
import { patiently } from "./patiently.js";
import { unlessProblem } from "./problem.js";

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
  #begun = 0; // `seq` of the head when it was opened: what is told up to it is no news

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
    this.#begun = parse(head).seq;
    await this.#snapshot(head);
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
    const until = this.#oldest();
    this.conversation.restore(page.results);
    await this.#tasks(this.#position, until);
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

  /** Answer what an expert asks. @throws {Problem} when the server refuses */
  async answer(delegation, answer) {
    await this.#api.answer(delegation, answer);
  }

  /** What the conversation knows of an answer already, by field; nothing when that cannot be read. */
  async known(delegation) {
    const row = await this.#api.delegation(delegation).catch(unlessProblem);
    return row?.question?.prefill ?? {};
  }

  /** Ask for the end of an expert's task, through outages. @throws {Problem} when the server refuses */
  async stopTask(delegation) {
    const { delegations } = this.conversation;
    if (delegations.isStopping(delegation)) return;
    this.#mark(() => delegations.stopping(delegation, true));
    try {
      await patiently(() => this.#api.cancelDelegation(delegation), () => !this.#closed && delegations.isOpen(delegation));
    } catch (problem) {
      this.#mark(() => delegations.stopping(delegation, false));
      if (problem.status !== 409) throw problem; // it was faster: its end is in the log
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
    const { message, delegation } = this.conversation.apply(event);
    this.#position = event.id;
    if (message) this.dispatchEvent(new CustomEvent("message", { detail: message }));
    if (delegation && event.seq > this.#begun) this.dispatchEvent(new CustomEvent("delegation", { detail: delegation }));
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
      await this.#snapshot(head);
    } catch {
      this.dispatchEvent(new Event("gone")); // whoever listens finds out why, and opens anew
    } finally {
      this.#loading = false;
    }
    this.#held.splice(0).forEach((envelope) => this.#take(envelope));
    this.#changed();
  }

  async #snapshot(head) {
    const page = await this.#api.latestMessages(this.info.id);
    this.#earlier = page.previous;
    this.conversation.restore(page.results);
    const { seq } = parse(head);
    await this.#tasks(head, seq);
    // Of tasks that began long ago no event is read, and of how far one is not every step is told.
    const open = await this.#api.openDelegations(this.info.id);
    for (const row of open.results) this.conversation.delegations.keep(row, seq);
  }

  /** Those for the messages that are shown: the log tells of them after their messages. */
  async #tasks(head, until) {
    const before = this.#earlier ? this.#oldest() - 1 : 0;
    let page = await this.#eventsAfter(before > 0 ? at(parse(head).epoch, before) : null);
    for (;;) {
      page.results.forEach((event) => this.conversation.apply(event));
      if (this.#closed || !page.next || page.results.at(-1).seq >= until) return;
      page = await this.#api.page(page.next);
    }
  }

  /** From the first one that is kept, when those that come next after the cursor are not. */
  async #eventsAfter(cursor) {
    try {
      return await this.#api.eventsOf(this.info.id, TYPES, cursor);
    } catch (problem) {
      if (problem.code !== "cursor_not_honoured" || cursor === null) throw problem;
      return this.#api.eventsOf(this.info.id, TYPES, null);
    }
  }

  /** `seq` of the first message shown. */
  #oldest() {
    return Math.min(...[...this.conversation.messages.values()].map(({ seq }) => seq));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
