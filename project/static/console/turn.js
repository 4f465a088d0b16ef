// One turn of the transcript as a list item: who, when, what, and what became of it.

import { clock } from "./clock.js";
import { el } from "./dom.js";
import { paint } from "./richtext.js";

const ROLES = { assistant: "Assistant", expert: "Expert", system: "System", user: "Somebody" };
const HELD = {
  quarantined: "Held back for review",
  rejected: "Refused by a reviewer",
  deleted: "This message was deleted",
};
const LAMPS = {
  queued: "waiting",
  waiting: "waiting",
  input_required: "waiting",
  running: "running",
  completed: "done",
};
const AWAITED = new Set(["waiting", "running"]);
const REASONS = {
  timeout: "no answer in time",
  handler_error: "something broke while answering",
  no_handler: "nothing answers this kind of message",
  answer_refused: "the answer was withheld by a filter",
  attempts_spent: "given up after several attempts",
};

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
 * @property {?string} resend a text to send again
 * @property {?object} item of the outbox, when it can be retried or discarded
 */

/** @returns {View & {text: string, parts: object[]}} */
export function viewOfEntry(entry, people) {
  return entry.answer ? viewOfAnswer(entry) : viewOfMessage(entry, people);
}

function viewOfMessage({ key, message, run, ahead, corded, question }, people) {
  const asked = message.role === "user";
  const fallback = message.metadata?.fallback === true;
  return {
    key,
    side: asked ? "question" : "answer",
    name: asked ? people.name(message.author) : ROLES[message.role],
    time: message.created_at,
    seq: message.seq,
    lamp: asked ? lampOf(run, corded) : fallback ? "failed" : "done",
    corded: corded || AWAITED.has(lampOf(run, false)),
    live: false,
    chips: [...kindChips(message), ...(asked ? runChips(run, ahead) : fallbackChips(message, fallback))],
    sources: (message.metadata?.sources ?? []).map((source) => source?.message ?? source),
    resend: fallback && people.mayWrite ? (question?.text ?? null) : null,
    item: null,
    text: message.text || HELD[message.status] || "",
    parts: message.parts ?? [],
  };
}

function viewOfAnswer({ key, answer, run }) {
  return {
    ...blank(key),
    side: "answer",
    name: ROLES.assistant,
    lamp: "running",
    live: true,
    chips: run && run.attempt > 1 ? [[`Attempt ${run.attempt}`, "running"]] : [],
    text: answer.text,
  };
}

export function viewOfItem(item, people) {
  const failed = item.state === "failed";
  return {
    ...blank(item.key),
    side: "question",
    name: people.name(people.me),
    lamp: failed ? "failed" : "waiting",
    chips: [itemChip(item), ...(item.kind === "action" ? [["Action", "plain"]] : [])],
    item: failed || item.problem ? item : null,
    text: item.text,
  };
}

function blank(key) {
  const nothing = { time: null, seq: null, corded: false, live: false, resend: null, item: null };
  return { key, ...nothing, chips: [], sources: [], parts: [] };
}

function itemChip(item) {
  if (item.state === "failed") return ["Not sent", "failed"];
  if (item.state === "sent") return ["Queued", "waiting"];
  return item.problem ? [`Waiting to send. ${item.problem.words}`, "waiting"] : ["Sending", "waiting"];
}

function lampOf(run, answered) {
  if (answered || run === null) return answered ? "done" : "off";
  return LAMPS[run.state] ?? "failed";
}

function runChips(run, ahead) {
  if (run === null) return [];
  const reason = REASONS[run.reason] ?? run.reason;
  const place = run.position ?? ahead;
  const chips = {
    queued: [place > 0 ? `Queued, ${place} before it` : "Queued", "waiting"],
    running: ["Answering", "running"],
    waiting: ["Waiting for an expert", "waiting"],
    input_required: ["Waiting for input", "waiting"],
    failed: [reason ? `Failed: ${reason}` : "Failed", "failed"],
    dead: [reason ? `Failed: ${reason}` : "Failed", "failed"],
    canceled: ["Canceled", "plain"],
    superseded: ["Replaced by a later message", "plain"],
  };
  return chips[run.state] ? [chips[run.state]] : [];
}

function kindChips(message) {
  const held = message.status in HELD && message.text ? [[HELD[message.status], "waiting"]] : [];
  if (message.kind === "text" || message.role !== "user") return held;
  return [[message.kind === "action" ? "Action" : message.kind, "plain"], ...held];
}

function fallbackChips(message, fallback) {
  if (!fallback) return [];
  const reason = REASONS[message.metadata.reason] ?? message.metadata.reason;
  return [[reason ? `Fallback: ${reason}` : "Fallback", "failed"]];
}

/** @param {{quote: Function, resend: Function, retry: Function, edit: Function, discard: Function}} actions */
export function turn(view, actions) {
  const body = el("div", { class: "body" });
  const node = el(
    "li",
    { class: `turn ${view.side}`, id: `turn-${view.key}`, "data-lamp": view.lamp, tabindex: "-1" },
    el("span", { class: "gutter", "aria-hidden": "true" }, el("span", { class: "lamp" }), seq(view)),
    el("div", { class: "said" }, head(view), body, ...view.parts.map(part), foot(view, actions)),
  );
  node.toggleAttribute("data-corded", view.corded);
  node.toggleAttribute("data-live", view.live);
  node.toggleAttribute("data-unsent", view.item !== null);
  if (view.live) node.setAttribute("aria-busy", "true");
  paint(body, view.text);
  return node;
}

/** Only the text of a turn grew. */
export function repaint(node, text) {
  paint(node.querySelector(".body"), text);
}

function seq(view) {
  if (view.seq === null) return null;
  return el("span", { class: "seq", title: `Event ${view.seq} of this log` }, String(view.seq));
}

function head(view) {
  const time = view.time && el("time", { datetime: view.time, title: clock.full(view.time) }, clock.hour(view.time));
  const chips = view.chips.map(([text, tone]) => el("span", { class: `chip ${tone}` }, text));
  return el("div", { class: "turn-head" }, el("span", { class: "name" }, view.name), time, ...chips);
}

function part({ type, text, data, name }) {
  if (type === "text") {
    const body = el("div", { class: "body" });
    paint(body, text ?? "");
    return body;
  }
  if (type === "file") return el("p", { class: "muted small" }, `File ${name ?? ""}`);
  const summary = el("summary", {}, "Data");
  return el("details", { class: "data" }, summary, el("pre", { class: "code" }, JSON.stringify(data, null, 2)));
}

function foot(view, actions) {
  const children = view.sources.map((id, index) => source(id, index + 1, actions));
  const label = children.length > 1 ? "Sources" : "Source";
  if (children.length) children.unshift(el("span", { class: "sources-label" }, label));
  if (view.resend) children.push(action("Send again", () => actions.resend(view.resend)));
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

function action(label, click) {
  return el("button", { type: "button", class: "button button-small", on: { click } }, label);
}
