// How a task of an expert stands, in plain words.

const STATES = {
  submitted: ["Asked", "waiting"],
  working: ["Working", "running"],
  input_required: ["Asks a question", "waiting"],
  auth_required: ["Wants a sign-in", "waiting"],
  completed: ["Done", "plain"],
  failed: ["Failed", "failed"],
  canceled: ["Canceled", "plain"],
  rejected: ["Not taken", "failed"],
};
const LAMPS = {
  submitted: "waiting",
  working: "running",
  input_required: "waiting",
  auth_required: "waiting",
  completed: "done",
  canceled: "off",
};
const REASONS = {
  timeout: "it did not come to an end in time",
  expert_error: "something broke in it",
  expert_broken: "it is not set up as it should be",
  expert_missing: "its code is not installed here",
  expert_busy: "it had no time",
  expert_refused: "its far side refused the task",
  expert_removed: "it was deleted",
  address_refused: "calls from here may not go to its address",
  unreachable: "it could not be reached",
  no_answer: "it did not answer in time",
  no_result: "it ended without a result",
  bad_answer: "what it answered made no sense",
  answer_too_large: "it answered more than a message holds",
  wrong_schema: "its answer was not of the form that it promised",
  answer_refused: "a filter withheld its answer",
  answer_unscreened: "its answer could not be screened",
  input_refused: "a filter withheld what it was given",
  input_unscreened: "what it was given could not be screened",
  expert_unknown: "there is no such expert here",
  expert_disabled: "it is switched off",
  expert_planned: "it is announced and not there yet",
  expert_changed: "it has changed, and who manages it has not agreed to that yet",
  skill_unknown: "nobody here can do this",
  expert_unfit: "it cannot do anything with what it was given",
  chain_too_long: "too many experts would wait for each other",
  chain_circle: "experts would wait for each other in a circle",
  attempts_spent: "it was given up after several attempts",
  rejected: "it did not want to do this",
};
const SENTENCE = /[.!?]$/;

export const lampOf = ({ state }) => LAMPS[state] ?? "failed";

/** @returns {[string, string]} text and tone of its chip */
export function stateOf({ state }, stopping) {
  return stopping ? ["Stopping...", "waiting"] : (STATES[state] ?? [state, "plain"]);
}

/** @returns {string} why nothing came of it; the expert's own words last */
export function whyNot({ state, reason, detail }) {
  if (!["failed", "rejected"].includes(state)) return "";
  const words = sentence(capital(worded(reason)));
  return detail && !sameWords(detail, words) ? `${words} ${sentence(detail)}` : words;
}

/** @returns {string} whom it stands in for, if for anybody */
export function standsIn({ instead, because }) {
  return instead ? `It stands in for ${instead}: ${worded(because)}.` : "";
}

/** @returns {string} for a screen reader; "" where its message tells more */
export function spoken(delegation) {
  const { name, state, asked } = delegation;
  if (state === "submitted") return `${name} is asked.`;
  if (state === "input_required") return `${name} asks: ${asked.prompt}`;
  if (state === "auth_required") return `${name} wants you to sign in: ${asked.prompt}`;
  if (state === "canceled") return `${name} was stopped.`;
  return ["failed", "rejected"].includes(state) ? `Nothing came from ${name}. ${whyNot(delegation)}` : "";
}

/** @param {Delegation[]} open @returns {string} "Waits for Ann and Bob" */
export function waitsFor(open) {
  const names = [...new Set(open.map(({ name }) => name))];
  if (names.length === 0) return "Waits for an expert";
  return `Waits for ${names.length > 2 ? `${names.length} experts` : names.join(" and ")}`;
}

function worded(reason) {
  return REASONS[reason] ?? (reason ? reason.replaceAll("_", " ") : "the reason is not known");
}

function sentence(text) {
  return SENTENCE.test(text) ? text : `${text}.`;
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function sameWords(a, b) {
  return a.toLowerCase().replace(SENTENCE, "") === b.toLowerCase().replace(SENTENCE, "");
}
