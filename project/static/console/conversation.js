// What is known of one conversation: messages, runs, and answers being written. No DOM, no network: a snapshot goes in,
// events go in, entries come out. Everything is idempotent by id, so that a replayed event changes nothing.

import { Answer } from "./answer.js";
import { at, parse } from "./cursor.js";

const FINAL = new Set(["completed", "failed", "dead", "canceled", "superseded"]);
const ON_THE_WAY = new Set(["queued", "running"]);

/**
 * @typedef {{id: string, question: string, state: string, attempt: number, reason: string, position: ?number}} Run
 * @typedef {{key: string, message: ?object, answer: ?Answer, run: ?Run}} Entry `run` stands with the question
 */
export class Conversation {
  messages = new Map();
  runs = new Map();
  answers = new Map(); // by the id that the finished message will have
  #latestRun = new Map(); // by question

  /** Take a page of messages, oldest first. */
  restore(page) {
    for (const message of page) this.messages.set(message.id, message);
  }

  /** Forget all but what a new snapshot will confirm. */
  clear() {
    for (const map of [this.messages, this.runs, this.answers, this.#latestRun]) map.clear();
  }

  /**
   * Where to begin to follow: at the head, or at the oldest question without an answer, so that its run is known too.
   * @param {string} head cursor of the log, read before the messages
   */
  start(head) {
    const answered = new Set([...this.messages.values()].map((message) => message.reply_to));
    const open = [...this.messages.values()].filter((message) => message.role === "user" && !answered.has(message.id));
    const { epoch, seq } = parse(head);
    return at(epoch, Math.min(seq, ...open.map((message) => message.seq)));
  }

  /** @returns {?object} the message, when the event makes one known that was not */
  apply(event) {
    const [noun, verb] = event.type.split(".");
    if (noun === "run") return this.#run(verb, event);
    if (noun === "message" && event.data.message?.id) return this.#message(event.data.message);
    if (event.type === "message.deleted") this.#tombstone(event.message);
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

  /** How many questions are answered before this one. */
  ahead(run) {
    const own = this.messages.get(run.question)?.seq ?? Infinity;
    const others = [...this.runs.values()].filter((other) => other !== run && ON_THE_WAY.has(other.state));
    return others.filter((other) => (this.messages.get(other.question)?.seq ?? 0) < own).length;
  }

  runOf(question) {
    return this.runs.get(this.#latestRun.get(question)) ?? null;
  }

  /** @returns {Entry[]} in reading order: an answer stands below its question, also when others were asked meanwhile */
  entries() {
    const said = [...this.messages.values()].map((message) => ({
      key: message.id,
      place: [this.messages.get(message.reply_to)?.seq ?? message.seq, message.seq],
      message,
      answer: null,
      run: message.role === "user" ? this.runOf(message.id) : null,
    }));
    const being = [...this.answers.values()].map((answer) => ({
      key: answer.id,
      place: [this.#question(answer)?.seq ?? Infinity, Infinity],
      message: null,
      answer,
      run: this.runs.get(answer.run) ?? null,
    }));
    return [...said, ...being].sort((a, b) => compare(a.place[0], b.place[0]) || compare(a.place[1], b.place[1]));
  }

  #message(message) {
    const known = this.messages.has(message.id);
    this.messages.set(message.id, { ...this.messages.get(message.id), ...message });
    this.answers.delete(message.id);
    return known ? null : message;
  }

  #tombstone(id) {
    const message = this.messages.get(id);
    if (message) this.messages.set(id, { ...message, status: "deleted", text: "", parts: [] });
  }

  #run(verb, { run: id, message: question, data }) {
    const run = { ...(this.runs.get(id) ?? { id, question, attempt: 0 }) };
    if ((data.attempt ?? 0) < run.attempt) return null;
    run.attempt = data.attempt ?? run.attempt;
    run.state = { started: "running", progress: "running" }[verb] ?? verb;
    run.reason = data.reason ?? "";
    run.position = data.position ?? null;
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
