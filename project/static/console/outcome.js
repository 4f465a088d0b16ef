// What became of a message, in plain words: the chips beside a question and beside its answer.

import { waitsFor } from "./taskwords.js";

const STATES = {
  running: ["Answering", "running"],
  input_required: ["Waiting for input", "waiting"],
  canceled: ["Stopped before there was an answer", "plain"],
  superseded: ["Not answered: a later message took its place", "plain"],
};
const LAMPS = {
  queued: "waiting",
  waiting: "waiting",
  input_required: "waiting",
  running: "running",
  completed: "done",
  canceled: "off",
  superseded: "off",
};
const REASONS = {
  timeout: "nothing was ready in time",
  handler_error: "something broke while answering",
  no_handler: "nothing here answers this kind of message",
  route_broken: "the rule for this message leads nowhere",
  answer_refused: "a filter withheld the answer",
  answer_unscreened: "the answer could not be screened",
  attempts_spent: "given up after several attempts",
  expert_failed: "nothing came from the expert",
  expert_canceled: "the task of the expert was stopped",
  replay_mismatch: "what answers it did not ask the same again",
  expired: "what it waited for did not come",
};
const CALM = new Set(["expert_canceled"]); // nothing went wrong: somebody wanted it so
const STOPPED = {
  canceled: "Stopped before it was finished",
  superseded: "Stopped: a later message took its place",
};

/** @returns {string} off, waiting, running, done or failed; without a known run, whether there is an answer decides */
export function lampOf(run, answered) {
  if (answered || run === null) return answered ? "done" : "off";
  return LAMPS[run.state] ?? lampOfFallback(run.reason);
}

/** What a fallback reply shows. @returns {string} */
export function lampOfFallback(reason) {
  return CALM.has(reason) ? "off" : "failed";
}

/**
 * Beside a question: where its run stands. Once there is an answer, that says it all.
 * @param {?Run} run
 * @param {{ahead: number, stopping: boolean, answered: boolean, asker: string, waitsFor: Delegation[]}} known
 * @returns {[string, string][]} text and tone of each chip
 */
export function questionChips(run, { ahead, stopping, answered, asker, waitsFor: experts }) {
  if (run === null || answered) return [];
  if (stopping) return [["Stopping...", "waiting"]];
  if (run.state === "queued") return [[queued(run, ahead), "waiting"]];
  if (run.state === "running") return [STATES.running, ...attemptChips(run)];
  if (run.state === "waiting") return [[waitsFor(experts), "waiting"]];
  if (run.state === "completed") return completed(run, asker);
  return [STATES[run.state] ?? unansweredChip(run.reason)];
}

/** Beside an answer. `mine`: its question is the reader's. */
export function answerChips(message, { mine, asker, number, count }) {
  const { fallback, partial, reason } = message.metadata ?? {};
  const chips = [];
  if (fallback) chips.push(unansweredChip(reason));
  if (partial) chips.push([STOPPED[reason] ?? "Not finished", "waiting"]);
  if (count > 1) chips.push([`Answer ${number} of ${count}`, "plain"]);
  if (message.visible_to === "staff") chips.push(["Only staff see this", "private"]);
  else if (message.visible_to) chips.push([mine ? "Only you see this" : `Only ${asker} and staff see this`, "private"]);
  return chips;
}

/** Beside an answer that is being written. */
export function liveChips(run, stopping) {
  if (stopping) return [["Stopping...", "waiting"]];
  return run ? attemptChips(run) : [];
}

/** Whether a run that has ended left its question without a whole answer, so that trying again makes sense. */
export function unanswered(run) {
  return ["failed", "dead", "canceled", "superseded"].includes(run?.state);
}

/** How long until a run is tried again, in whole seconds; 0 when it is due. */
export function secondsLeft(run) {
  return run?.state === "queued" && run.due ? Math.max(0, Math.ceil((run.due - Date.now()) / 1000)) : 0;
}

function queued(run, ahead) {
  if (run.reason === "retry") {
    const left = secondsLeft(run);
    return `${attempt(run, 1)}, ${left > 0 ? `again in ${left} s` : "about to start"}`;
  }
  if (ahead > 0) return ahead === 1 ? "1 message ahead" : `${ahead} messages ahead`;
  return run.attempt > 0 ? "About to start again" : "Queued";
}

function completed(run, asker) {
  if (run.audience === "sender") return [[`Answered to ${asker} only`, "private"]];
  if (run.audience === "none") return [["Answered to staff only", "private"]];
  return run.silent ? [["Done, without an answer", "plain"]] : [];
}

function attemptChips(run) {
  return run.attempt > 1 ? [[attempt(run), "running"]] : [];
}

function attempt(run, next = 0) {
  const number = `Attempt ${run.attempt + next}`;
  return run.attempts ? `${number} of ${run.attempts}` : number;
}

function unansweredChip(reason) {
  return [`Not answered: ${why(reason)}`, CALM.has(reason) ? "plain" : "failed"];
}

function why(reason) {
  return REASONS[reason] ?? (reason ? reason.replaceAll("_", " ") : "the reason is not known");
}
