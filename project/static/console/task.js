// A task of an expert in the transcript: who has it, how it stands, what it asks, what came of it.

import { clock } from "./clock.js";
import { isAsking, isOpen } from "./delegations.js";
import { el } from "./dom.js";
import { QuestionForm } from "./question.js";
import { paint } from "./richtext.js";
import { lampOf, standsIn, stateOf, whyNot } from "./taskwords.js";

const NOBODY_WRITES = "Somebody who may write here has to answer.";

/**
 * @param {Entry} entry with a `delegation`
 * @returns {object} what the turn shows; its `text` is what changes often
 */
export function viewOfTask({ key, delegation }, known, people) {
  const { progress, text, seq, ...rest } = delegation;
  const working = delegation.state === "working";
  return {
    key,
    time: delegation.since,
    task: rest,
    lamp: known.stopping ? "waiting" : lampOf(delegation),
    corded: known.corded,
    stopping: known.stopping,
    mayWrite: people.mayWrite,
    by: delegation.by && people.name(delegation.by),
    item: null,
    text: working ? JSON.stringify([progress, text]) : "",
  };
}

/** @param {Object<string, Function>} actions answer, known, cancel, quote */
export function task(view, actions) {
  const { key, task: its, lamp } = view;
  const gutter = el("span", { class: "gutter", "aria-hidden": "true" }, el("span", { class: "lamp" }));
  const said = el("div", { class: "said task" }, head(view, actions), ...body(view, actions));
  const attributes = { class: "turn delegation", id: `turn-${key}`, "data-lamp": lamp, "data-state": its.state, tabindex: "-1" };
  const node = el("li", attributes, gutter, said);
  node.toggleAttribute("data-corded", view.corded);
  node.toggleAttribute("data-nested", its.depth > 0);
  repaintTask(node, view);
  return node;
}

/** Only its progress changed. */
export function repaintTask(node, { text }) {
  const place = node.querySelector(".task-progress");
  if (!place || !text) return;
  const [progress, said] = JSON.parse(text);
  const bar = place.querySelector("progress");
  if (progress === null) bar.removeAttribute("value");
  else bar.value = progress;
  place.querySelector(".task-said").textContent = said;
}

function head({ task: its, time, stopping, mayWrite }, actions) {
  const [state, tone] = stateOf(its, stopping);
  const about = its.skill ? el("span", { class: "task-skill" }, its.skill) : null;
  const when = el("time", { datetime: time, title: clock.full(time) }, clock.hour(time));
  const chip = el("span", { class: `chip ${tone}` }, state);
  const nested = its.depth > 0 && el("span", { class: "chip plain" }, "For another expert");
  return el("div", { class: "turn-head" }, el("span", { class: "name" }, its.name), about, when, chip, nested, tools());

  function tools() {
    if (its.result) return button("result", `Show the result of ${its.name}`, () => actions.quote(its.result));
    if (!isOpen(its) || !mayWrite) return null;
    return button("cancel", `Cancel the task of ${its.name}`, () => actions.cancel(its.id), stopping);
  }
}

function body(view, actions) {
  const { task: its } = view;
  if (isAsking(its)) return asking(view, actions);
  const lines = [standsIn(its), answered(view), stopped(view), whyNot(its)].filter(Boolean);
  return [isOpen(its) && progress(its), ...lines.map((line) => el("p", { class: "task-line" }, line))];
}

function progress({ name, state }) {
  const bar = el("progress", { class: "meter", max: "1", "aria-label": `Progress of ${name}` });
  const words = state === "submitted" ? "It has not begun yet." : "";
  return el("div", { class: "task-progress" }, bar, el("p", { class: "task-said" }, words));
}

function asking({ task: its, mayWrite }, actions) {
  const prompt = el("div", { class: "body task-prompt", id: `prompt-${its.id}` });
  paint(prompt, its.asked.prompt || "It asks for something, without saying what.");
  const until = el("p", { class: "muted small" }, `It waits until ${clock.full(its.asked.until)}.`);
  if (!mayWrite) return [prompt, el("p", { class: "task-line" }, NOBODY_WRITES), until];
  return [prompt, new QuestionForm(its, actions).node, until];
}

function answered({ task: { asked, state }, by }) {
  if (!asked || state === "canceled" || state === "rejected") return "";
  return by ? `It asked: ${asked.prompt} ${by} answered.` : `It asked: ${asked.prompt}`;
}

function stopped({ task: { state }, by }) {
  return state === "canceled" && by ? `${by} stopped it.` : "";
}

/** @param {"result"|"cancel"} name */
function button(name, described, click, disabled = false) {
  const [label, look] = { result: ["Show the result", "button-quiet"], cancel: ["Cancel", ""] }[name];
  const attributes = { type: "button", class: `button button-small task-tool ${look}`, "data-focus": name, "aria-label": described };
  return el("button", { ...attributes, "aria-disabled": disabled && "true", on: { click: () => disabled || click() } }, label);
}
