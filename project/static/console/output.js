// What an expert found, in a form that can be read. It is foreign data: of another shape than expected it is shown as
// JSON, and all of it only ever becomes text.

import { clock } from "./clock.js";
import { el } from "./dom.js";
import { route } from "./route.js";

const MOST = 200; // rows; the rest is in the JSON
const TONES = { error: "failed", high: "failed", critical: "failed", warning: "waiting", medium: "waiting" };

/** Whether the text of a message says the same as its output. */
export function isWrittenOut(output, text) {
  return text !== "" && (output === text || JSON.stringify(output, null, 2) === text);
}

/** @param {{output?: any, artifact?: any}} data of a part @param {boolean} alone nothing else says it @returns {Node[]} */
export function found(data, alone) {
  if (!("output" in data)) return [json(data.artifact?.name ? `Artifact: ${data.artifact.name}` : "Artifact", data.artifact)];
  const { output } = data;
  if (output === null || output === undefined || (typeof output === "string" && !alone)) return [];
  if (isList(output.findings, isFinding)) return [...findings(output.findings), json("As JSON", output)];
  if (isList(output.hits, isHit)) return [...hits(output.hits), json("As JSON", output)];
  return [json("Data", output, alone)];
}

function json(title, data, open = false) {
  const attributes = { class: "code", tabindex: "0", role: "region", "aria-label": title };
  const pre = el("pre", attributes, JSON.stringify(data, null, 2));
  return el("details", { class: "data", open }, el("summary", {}, title), pre);
}

function findings(all) {
  if (all.length === 0) return [el("p", { class: "muted small" }, "Nothing was found.")];
  const names = ["Severity", "Where", "What"].map((name) => el("th", { scope: "col" }, name));
  const caption = el("caption", { class: "unseen" }, `Findings: ${all.length}`);
  const rows = all.slice(0, MOST).map(finding);
  const table = el("table", { class: "findings" }, caption, el("thead", {}, el("tr", {}, ...names)), el("tbody", {}, ...rows));
  return [table, more(all)];
}

function finding({ file, line, rule, severity, message, suggestion }) {
  const where = [file, line].filter((part) => part !== undefined && part !== null && part !== "").join(":");
  const chip = el("span", { class: `chip ${TONES[String(severity).toLowerCase()] ?? "plain"}` }, String(severity ?? "unknown"));
  const what = [el("p", {}, message), suggestion && el("p", { class: "muted" }, String(suggestion))];
  return el(
    "tr",
    {},
    el("td", {}, chip),
    el("td", {}, el("span", { class: "mono" }, where), rule && el("span", { class: "mono muted" }, String(rule))),
    el("td", {}, ...what),
  );
}

function hits(all) {
  if (all.length === 0) return [el("p", { class: "muted small" }, "Nothing was found.")];
  return [el("ol", { class: "hits" }, ...all.slice(0, MOST).map(hit)), more(all)];
}

function hit({ message, conversation, title, quote, author, created_at: time }) {
  const link = linkTo(conversation, message);
  const name = String(title || "Untitled conversation");
  const where = link ? el("a", { href: link }, name) : el("span", {}, name);
  const when = isTime(time) && el("time", { datetime: time, title: clock.full(time) }, clock.date(time));
  const facts = el("p", { class: "hit-facts" }, where, author && el("span", {}, nameOf(author)), when);
  return el("li", {}, el("blockquote", { dir: "auto" }, quote), facts);
}

function more(all) {
  return all.length > MOST ? el("p", { class: "muted small" }, `The first ${MOST} of ${all.length}.`) : "";
}

/** @returns {?string} only a place in this console */
function linkTo(conversation, message) {
  const hash = route.conversation(conversation, message);
  return route.read(hash).conversation ? hash : null;
}

function nameOf(author) {
  return typeof author === "object" ? String(author.name ?? author.username ?? "") : String(author);
}

function isTime(time) {
  return typeof time === "string" && !Number.isNaN(Date.parse(time));
}

function isList(value, isRow) {
  return Array.isArray(value) && value.every((row) => row !== null && typeof row === "object" && isRow(row));
}

function isFinding({ message }) {
  return typeof message === "string";
}

function isHit({ quote }) {
  return typeof quote === "string";
}
