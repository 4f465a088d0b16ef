// What is known of one conversation: messages, runs, and answers being written. No DOM, no network: a snapshot goes in,
// events go in, entries come out. Everything is idempotent by id, so that a replayed event changes nothing.

import { Answer } from "./answer.js";
import { at, parse } from "./cursor.js";
import { Delegations } from "./delegations.js";

const CHANGES = new Set(["edited", "deleted"]);
const FINAL = new Set(["completed", "failed", "dead", "canceled", "superseded"]);
const PARKED = new Set(["waiting", "input_required"]); // it gave up its turn: later messages are answered meanwhile

/**
 * @typedef {object} Run
 * @property {string} id
 * @property {string} question id of the message that it answers
 * @property {string} state
 * @property {number} attempt
 * @property {?number} attempts how many there may be, once the server said so
 * @property {string} reason
 * @property {number} order its place among the runs of the conversation
 * @property {?number} position how many were ahead when it was queued
 * @property {?number} due when it is tried again, in milliseconds of this clock
 * @property {string} audience who sees the reply; empty: everybody here
 * @property {boolean} silent it ended without a reply
 *
 * @typedef {{key: string, message: ?object, answer: ?Answer, delegation: ?Delegation, run: ?Run}} Entry one of the
 *   three; `run` stands with the question, and with an answer that is being written
 */
export class Conversation {
  messages = new Map();
  runs = new Map();
  answers = new Map(); // by the id that the finished message will have
  delegations = new Delegations();
  #latestRun = new Map(); // by question
  #replies = new Map(); // by question, the ids of messages that are no person's
  #stopping = new Set(); // runs that we asked to stop and that have not ended yet

  /** Take a page of messages, oldest first. */
  restore(page) {
    for (const message of page) this.#keep(message);
  }

  /** Forget all but what a new snapshot will confirm. */
  clear() {
    const maps = [this.messages, this.runs, this.answers, this.#latestRun, this.#replies];
    for (const known of [...maps, this.#stopping, this.delegations]) known.clear();
  }

  /**
   * Where to begin to follow: at the head, or at the oldest question without an answer, so that its run is known too.
   * @param {string} head cursor of the log, read before the messages
   */
  start(head) {
    const asked = [...this.messages.values()].filter(({ role, status }) => role === "user" && status === "received");
    const open = asked.filter(({ id }) => !this.answered(id));
    const { epoch, seq } = parse(head);
    return at(epoch, Math.min(seq, ...open.map((message) => message.seq)));
  }

  /** @returns {{message?: object, delegation?: Delegation}} the message that was not known, the task that changed */
  apply(event) {
    const [noun, verb] = event.type.split(".");
    if (noun === "delegation") return { delegation: this.delegations.apply(event) };
    return { message: noun === "run" ? this.#run(verb, event) : this.#said(noun, verb, event) };
  }

  #said(noun, verb, event) {
    if (CHANGES.has(verb) && noun === "message" && !this.messages.has(event.message)) return null; // not on screen
    if (noun === "message" && event.data.message?.id) return this.#message(event.data.message);
    if (event.type === "message.rejected") this.#reject(event.message, event.data.reason);
    return null;
  }

  /** @returns {boolean} false when text is missing: follow anew from the cursor */
  extend({ run: runId, data }) {
    const run = this.runs.get(runId);
    if (this.messages.has(data.message) || (run && FINAL.has(run.state))) return true;
    let answer = this.answers.get(data.message);
    if (!answer) this.answers.set(data.message, (answer = new Answer(data.message, runId, data.attempt)));
    return answer.apply(data);
  }

  /** The unfinished answer that a cursor can name. */
  get unfinished() {
    return [...this.answers.values()].findLast((answer) => answer.length > 0) ?? null;
  }

  /** How many runs end before this one may begin. */
  ahead(run) {
    const before = this.inTurn.filter((other) => other.order < run.order).length;
    return Math.min(before, run.position ?? before);
  }

  /** @returns {Run[]} those that have not ended, in their order */
  get open() {
    return [...this.runs.values()].filter(({ state }) => !FINAL.has(state)).sort((a, b) => a.order - b.order);
  }

  /** Those that answer, or wait to: not those that wait for somebody. @returns {Run[]} */
  get inTurn() {
    return this.open.filter(({ state }) => !PARKED.has(state));
  }

  runOf(question) {
    return this.runs.get(this.#latestRun.get(question)) ?? null;
  }

  /** The id of the run that answers a question now. Earlier ones of it are history. */
  latest(question) {
    return this.#latestRun.get(question) ?? this.messages.get(question)?.run ?? null;
  }

  /** The replies of one run of a question that we may see. */
  replies(question, run) {
    const replies = [...(this.#replies.get(question) ?? [])].map((id) => this.messages.get(id));
    return replies.filter((message) => run === null || message.run === run);
  }

  /** Whether the latest run of a question has replied, as far as we may see it. */
  answered(question) {
    return this.replies(question, this.latest(question)).length > 0;
  }

  isOpen(run) {
    return !FINAL.has(this.runs.get(run)?.state ?? "queued");
  }

  isStopping(run) {
    return this.#stopping.has(run) && this.isOpen(run);
  }

  /** We asked for the end of a run, or our asking failed. */
  stopping(run, asked) {
    if (asked) this.#stopping.add(run);
    else this.#stopping.delete(run);
  }

  /** @returns {Entry[]} in reading order: an answer stands below its question, also when others were asked meanwhile */
  entries() {
    const said = [...this.messages.values()].map((message) => ({
      key: message.id,
      place: [this.messages.get(message.reply_to)?.seq ?? message.seq, message.seq],
      message,
      answer: null,
      delegation: null,
      run: message.role === "user" ? this.runOf(message.id) : null,
    }));
    const begun = [...this.answers.values()].filter((answer) => answer.length > 0 || this.#isRunning(answer.run));
    const being = begun.map((answer) => ({
      key: answer.id,
      place: [this.#question(answer)?.seq ?? Infinity, Infinity],
      message: null,
      answer,
      delegation: null,
      run: this.runs.get(answer.run) ?? null,
    }));
    return [...said, ...being, ...this.#tasks()].sort((a, b) => compare(a.place[0], b.place[0]) || compare(a.place[1], b.place[1]));
  }

  /** A task stands below the message for which it is done, else where it began; at the end if that is further back. */
  #tasks() {
    return this.delegations.all.map((delegation) => ({
      key: delegation.id,
      place: [this.messages.get(delegation.question)?.seq ?? delegation.first, delegation.first],
      message: null,
      answer: null,
      delegation,
      run: null,
    }));
  }

  #message(message) {
    const known = this.messages.has(message.id);
    this.#keep({ ...this.messages.get(message.id), ...message });
    this.answers.delete(message.id);
    return known ? null : message;
  }

  /** A run that waits, for its turn or for somebody, has nothing to show as long as nothing was said. */
  #isRunning(run) {
    const state = this.runs.get(run)?.state;
    return state !== "queued" && !PARKED.has(state);
  }

  #keep(message) {
    this.messages.set(message.id, message);
    const { id, role, reply_to: question } = message;
    if (role === "user" || !question) return;
    if (!this.#replies.has(question)) this.#replies.set(question, new Set());
    this.#replies.get(question).add(id);
  }

  #reject(id, reason) {
    const message = this.messages.get(id);
    if (message) this.messages.set(id, { ...message, status: "rejected", reason });
  }

  #run(verb, { seq, time, run: id, message: question, data }) {
    // A first run stands where its message does: one that was released comes before those that waited.
    const order = data.replay_of ? seq : (this.messages.get(question)?.seq ?? seq);
    const known = this.runs.get(id) ?? { id, question, attempt: 0, attempts: null, order };
    if ((data.attempt ?? 0) < known.attempt) return null;
    const run = {
      ...known,
      state: { started: "running", progress: "running" }[verb] ?? verb,
      attempt: data.attempt ?? known.attempt,
      attempts: data.attempts ?? known.attempts,
      reason: data.reason ?? "",
      position: data.position ?? null,
      due: data.due_at ? Date.now() + (Date.parse(data.due_at) - Date.parse(time)) : null,
      audience: data.audience ?? "",
      silent: verb === "completed" && data.reply === null,
    };
    this.runs.set(id, run);
    if (this.messages.get(question)?.role === "user") this.#latestRun.set(question, id);
    if (verb === "started" && data.reply) this.#begin(run, data.reply);
    if (FINAL.has(run.state)) this.#drop(id);
    return null;
  }

  #begin(run, reply) {
    if (this.messages.has(reply)) return;
    const answer = this.answers.get(reply);
    if (answer) answer.restart(run.attempt);
    else this.answers.set(reply, new Answer(reply, run.id, run.attempt));
  }

  #drop(run) {
    for (const answer of this.answers.values()) if (answer.run === run) this.answers.delete(answer.id);
  }

  #question(answer) {
    const known = this.messages.get(this.runs.get(answer.run)?.question);
    const asked = (message) => message.role === "user" && message.run === answer.run;
    return known ?? [...this.messages.values()].find(asked);
  }
}

function compare(a, b) {
  return a === b ? 0 : a < b ? -1 : 1;
}
