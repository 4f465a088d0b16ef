// One turn of the transcript as a list item: who, when, what, and what became of it.

import { clock } from "./clock.js";
import { el, icon } from "./dom.js";
import { answerChips, lampOf, lampOfFallback, liveChips, questionChips, unanswered } from "./outcome.js";
import { beside, found } from "./output.js";
import { paint } from "./richtext.js";

const ROLES = { assistant: "Assistant", expert: "Expert", system: "System", user: "Somebody" };
const HELD = {
  quarantined: "Held for review",
  rejected: "Not released",
  deleted: "This message was deleted",
};
const REFUSED = {
  rejected: "Not released: a reviewer refused it",
  expired: "Not released: nobody reviewed it in time",
};
const OURS = new Set(["quarantined", "rejected"]); // seen by its author and staff alone
const SAID = new Set(["received", "completed"]);
const AWAITED = new Set(["waiting", "running"]);

/**
 * What a turn shows, beside its text. Two equal views need no new painting.
 * @typedef {object} View
 * @property {string} key
 * @property {"question"|"answer"} side
 * @property {string} name
 * @property {?string} time
 * @property {?number} seq
 * @property {string} lamp off, waiting, running, done, failed
 * @property {boolean} corded whether an answer hangs on this question, or is on its way
 * @property {boolean} live still being written
 * @property {[string, string][]} chips text and tone
 * @property {string[]} sources ids of quoted messages
 * @property {?string} stop the run that can be stopped here
 * @property {?string} again the question that can be answered once more from here
 * @property {?string} pin the message that can be pinned here: one that everybody may read
 * @property {boolean} expert whether an expert says it
 * @property {string} whole @property {boolean} alone what its output is shown beside: see `beside()`
 * @property {boolean} busy what the button asked for is under way
 * @property {?object} item of the outbox, when it can be retried or discarded
 */

/**
 * @param {Entry} entry of the conversation
 * @param {object} known what else is known of it: see `Transcript`
 * @returns {View & {text: string, parts: object[]}}
 */
export function viewOfEntry(entry, known, people) {
  if (entry.answer) return viewOfAnswer(entry, known, people);
  return entry.message.role === "user" ? viewOfQuestion(entry, known, people) : viewOfReply(entry, known, people);
}

function viewOfQuestion({ key, message, run }, known, people) {
  const lamp = lampOf(run, known.answered);
  const elsewhere = run?.state === "running" || known.waitsFor.length > 0; // the composer or a task has its button
  const waits = run !== null && known.isOpen && !known.answered && !elsewhere;
  return {
    ...said(key, message),
    side: "question",
    name: known.asker,
    lamp,
    corded: known.answered || AWAITED.has(lamp),
    chips: [...kindChips(message), ...addressChips(known), ...privateChips(message, known), ...questionChips(run, known)],
    stop: waits && !known.stopping && people.mayWrite ? run.id : null,
    again: unanswered(run) && !known.answered && message.status === "received" && people.mayWrite ? key : null,
    pin: pinnable(message, people),
    busy: known.trying,
  };
}

function viewOfReply({ key, message }, known, people) {
  const { fallback, partial, reason, expert_name: name } = message.metadata ?? {};
  const expert = message.role === "expert";
  return {
    ...said(key, message),
    ...(expert ? written(message) : {}),
    side: "answer",
    name: (expert && name) || ROLES[message.role],
    expert,
    lamp: fallback ? lampOfFallback(reason) : partial ? "off" : "done",
    chips: [...heldChips(message), ...answerChips(message, known)],
    again: (fallback || partial) && known.isLatest && people.mayWrite ? message.reply_to : null,
    pin: fallback ? null : pinnable(message, people),
    busy: known.trying,
  };
}

function viewOfAnswer({ key, answer, run }, known, people) {
  return {
    ...blank(key),
    side: "answer",
    name: ROLES.assistant,
    lamp: "running",
    live: true,
    chips: liveChips(run, known.stopping),
    stop: run && known.several && !known.stopping && people.mayWrite ? run.id : null,
    text: answer.text,
  };
}

export function viewOfItem(item, people, experts) {
  const { expert } = item.metadata ?? {};
  const failed = item.state === "failed";
  return {
    ...blank(item.key),
    side: "question",
    name: people.name(people.me),
    lamp: failed ? "failed" : "waiting",
    chips: [itemChip(item), ...addressChips({ expert: expert && experts.name(expert) }), ...actionChips(item)],
    item: failed || item.problem ? item : null,
    text: item.text,
  };
}

function said(key, message) {
  return {
    ...blank(key),
    time: message.created_at,
    seq: message.seq,
    sources: (message.metadata?.sources ?? []).map((source) => source?.message ?? source),
    text: message.text || HELD[message.status] || "",
    parts: message.parts ?? [],
  };
}

function blank(key) {
  const nothing = { time: null, seq: null, corded: false, live: false, item: null, expert: false, whole: "", alone: false };
  return { key, ...nothing, stop: null, again: null, pin: null, busy: false, chips: [], sources: [], parts: [] };
}

function actionChips({ kind }) {
  return kind === "action" ? [["Action", "plain"]] : [];
}

function written({ parts, text }) {
  const output = parts?.find(({ data }) => data && "output" in data)?.data.output;
  return text ? beside(output, text) : {};
}

function addressChips({ expert }) {
  return expert ? [[`To ${expert}`, "private"]] : [];
}

function pinnable({ id, status, visible_to: one, text }, people) {
  return people.mayWrite && SAID.has(status) && !one && text ? id : null;
}

function itemChip(item) {
  if (item.state === "failed") return ["Not sent", "failed"];
  if (item.state === "sent") return [HELD[item.status] ?? "Queued", "waiting"];
  return item.problem ? [`Waiting to send. ${item.problem.words}`, "waiting"] : ["Sending", "waiting"];
}

function kindChips(message) {
  const rest = [...editedChips(message), ...heldChips(message)];
  if (message.kind === "text") return rest;
  return [[message.kind === "action" ? "Action" : message.kind, "plain"], ...rest];
}

function editedChips({ edited_at: edited, status }) {
  return edited && status !== "deleted" ? [["Edited", "plain"]] : [];
}

function heldChips(message) {
  if (!(message.status in HELD) || !message.text) return [];
  return [[REFUSED[message.reason] ?? HELD[message.status], message.status === "rejected" ? "failed" : "waiting"]];
}

function privateChips(message, { mine, asker }) {
  if (!OURS.has(message.status)) return [];
  return [[mine ? "Only you and staff see this" : `Only ${asker} and staff see this`, "private"]];
}

/**
 * @param {View} view
 * @param {Object<string, Function>} actions quote, stop, again, pin; retry, edit and discard for what is not sent yet
 */
export function turn(view, actions) {
  const body = el("div", { class: "body" });
  const node = el(
    "li",
    { class: `turn ${view.side}`, id: `turn-${view.key}`, "data-lamp": view.lamp, tabindex: "-1" },
    el("span", { class: "gutter", "aria-hidden": "true" }, el("span", { class: "lamp" }), seq(view)),
    el("div", { class: "said" }, head(view, actions), body, ...view.parts.flatMap((one) => part(one, view)), foot(view, actions)),
  );
  node.toggleAttribute("data-corded", view.corded);
  node.toggleAttribute("data-live", view.live);
  node.toggleAttribute("data-unsent", view.item !== null);
  if (view.live) node.setAttribute("aria-busy", "true");
  paint(body, view.text);
  return node;
}

/** Only the text of a turn grew. */
export function repaint(node, { text }) {
  paint(node.querySelector(".body"), text);
}

function seq(view) {
  if (view.seq === null) return null;
  return el("span", { class: "seq", title: `Event ${view.seq} of this log` }, String(view.seq));
}

function head(view, actions) {
  const time = view.time && el("time", { datetime: view.time, title: clock.full(view.time) }, clock.hour(view.time));
  const all = view.expert ? [["Expert", "expert"], ...view.chips] : view.chips;
  const chips = all.map(([text, tone]) => el("span", { class: `chip ${tone}` }, text));
  return el("div", { class: "turn-head" }, el("span", { class: "name" }, view.name), time, ...chips, pinning(view, actions));
}

/** For the eye it is there where the pointer or the focus is. */
function pinning({ pin, name, seq }, actions) {
  if (pin === null) return null;
  const label = `Pin message ${seq} of ${name}: the assistant keeps it in mind`;
  const attributes = { type: "button", class: "button button-quiet tool pinning", "aria-label": label, title: "Pin: keep it in mind" };
  return el("button", { ...attributes, on: { click: () => actions.pin(pin) } }, icon("pin"));
}

function part({ type, text, data, name }, view) {
  if (type === "text") {
    const body = el("div", { class: "body" });
    paint(body, text ?? "");
    return body;
  }
  if (type === "file") return el("p", { class: "muted small" }, `File ${name ?? ""}`);
  if (view.expert && data && ("output" in data || "artifact" in data)) return found(data, view);
  const summary = el("summary", {}, "Data");
  return el("details", { class: "data" }, summary, el("pre", { class: "code" }, JSON.stringify(data, null, 2)));
}

function foot(view, actions) {
  const children = view.sources.map((id, index) => source(id, index + 1, actions));
  const label = children.length > 1 ? "Sources" : "Source";
  if (children.length) children.unshift(el("span", { class: "sources-label" }, label));
  if (view.stop) children.push(action("Stop", () => actions.stop(view.stop)));
  if (view.again) children.push(action("Try again", () => actions.again(view.again), view.busy));
  if (view.item?.state === "failed") {
    children.push(action("Try again", () => actions.retry(view.item)), action("Edit", () => actions.edit(view.item)));
  }
  if (view.item) children.push(action("Discard", () => actions.discard(view.item)));
  return children.length ? el("div", { class: "turn-foot" }, ...children) : null;
}

function source(id, number, actions) {
  const label = `Source ${number}: show the quoted message`;
  const attributes = { type: "button", class: "source", "aria-label": label, on: { click: () => actions.quote(id) } };
  return el("button", attributes, String(number));
}

function action(label, click, disabled = false) {
  return el("button", { type: "button", class: "button button-small", disabled, on: { click } }, label);
}
