// What is known of the tasks that experts have here, from the events of the log. No DOM, no network. An event that is
// told again changes nothing, and of two the later one holds, in whatever order pages are read.

const OPEN = new Set(["submitted", "working", "input_required", "auth_required"]);
const ASKING = new Set(["input_required", "auth_required"]);
const NOTHING = { progress: null, text: "", reason: "", detail: "", instead: "", because: "", result: null };

/** The types of all its events. */
export const TYPES = [...OPEN, "completed", "failed", "canceled", "rejected"].map((state) => `delegation.${state}`);

/**
 * @typedef {object} Delegation
 * @property {string} id
 * @property {?string} question id of the message for which it is done
 * @property {?string} run that waits for it, or asked for it
 * @property {number} first `seq` of its first event known
 * @property {number} seq of its last
 * @property {string} since when the first one was told
 * @property {number} depth how many experts wait for it
 * @property {string} state
 * @property {string} expert the slug @property {string} name @property {string} skill
 * @property {?number} progress from 0 to 1 @property {string} text what it says of its progress
 * @property {?{prompt: string, schema: object, known: string[], until: string}} asked what it asks, or asked last; a
 *   sign-in has no schema; `known`: fields that the conversation knows already
 * @property {?string} by who answered or stopped it: a user
 * @property {string} reason @property {string} detail why nothing came of it
 * @property {string} instead slug of the expert for which it stands in @property {string} because
 * @property {?string} result id of the message that its result is
 */
export class Delegations {
  #known = new Map();
  #stopping = new Set(); // those that we asked to stop

  /** @returns {?Delegation} as it is now, when the event was news */
  apply(event) {
    const { data, seq, time } = event;
    const known = this.#known.get(data.delegation) ?? begun(event);
    const place = { depth: data.depth ?? known.depth };
    if (seq < known.first) Object.assign(place, { first: seq, since: time });
    const isNews = seq > known.seq;
    const now = { ...known, ...place, ...(isNews ? changed(known, event) : {}) };
    this.#known.set(now.id, now);
    return isNews ? now : null;
  }

  /**
   * One that is open: its row holds over the events up to `seq`, of which not all need to be read.
   * @param {object} row as the API shows it
   */
  keep(row, seq) {
    const { id, message: question, run, depth, state, expert, name, skill, progress, said: text, choice } = row;
    const begun = { id, question, run, first: Infinity, seq: 0, since: row.created_at, by: null, asked: null, ...NOTHING };
    const known = this.#known.get(id) ?? begun;
    const whose = { expert, name, skill, instead: choice.instead_of ?? "", because: choice.because ?? "" };
    const asked = isAsking(row) ? askedIn(row) : known.asked;
    const now = { ...known, ...whose, depth, state, progress, text, asked, seq: Math.max(known.seq, seq) };
    this.#known.set(id, now);
  }

  clear() {
    this.#known.clear();
    this.#stopping.clear();
  }

  get all() {
    return [...this.#known.values()];
  }

  /** Those that a run waits for. @returns {Delegation[]} */
  openOf(run) {
    return this.all.filter((one) => one.run === run && isOpen(one));
  }

  isOpen(id) {
    return isOpen(this.#known.get(id));
  }

  stopping(id, asked) {
    if (asked) this.#stopping.add(id);
    else this.#stopping.delete(id);
  }

  isStopping(id) {
    return this.#stopping.has(id) && this.isOpen(id);
  }
}

export function isOpen(delegation) {
  return OPEN.has(delegation?.state);
}

export function isAsking(delegation) {
  return ASKING.has(delegation?.state);
}

function begun({ seq, time, run, message, data }) {
  const place = { id: data.delegation, question: message, run, first: seq, seq: 0, since: time, depth: 0 };
  return { ...place, ...NOTHING, state: "", asked: null, by: null };
}

function askedIn({ question, detail, deadline: until }) {
  if (!question) return { prompt: detail, schema: null, known: [], until };
  return { prompt: question.prompt, schema: question.schema, known: Object.keys(question.prefill ?? {}), until };
}

function changed(known, { seq, type, actor, data }) {
  const state = type.split(".")[1];
  const whose = { expert: data.expert, name: data.name, skill: data.skill };
  const by = actor?.kind === "user" ? actor.id : isAsking(known) ? null : known.by;
  return { ...whose, seq, state, by, ...SAYS[state]?.(data, known) };
}

/** What each state tells beside itself. */
const SAYS = {
  working: (data, known) => ({
    progress: data.progress,
    text: data.text || (isAsking(known) ? "" : known.text),
    instead: data.instead_of ?? known.instead,
    because: data.because ?? known.because,
  }),
  input_required: ({ prompt, schema, known, until }) => ({ asked: { prompt, schema, known: known ?? [], until } }),
  auth_required: ({ detail, until }) => ({ detail, asked: { prompt: detail, schema: null, known: [], until } }),
  completed: ({ message }) => ({ result: message, progress: 1 }),
  failed: ({ reason, detail }) => ({ reason, detail }),
  rejected: ({ reason, detail }) => ({ reason, detail }),
};
