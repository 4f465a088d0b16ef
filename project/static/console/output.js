// What an expert found, in a form that can be read. It is foreign data: of another shape than expected it is shown as
// JSON, and all of it only ever becomes text.

import { clock } from "./clock.js";
import { el } from "./dom.js";
import { paint } from "./richtext.js";
import { route } from "./route.js";

const MOST = 200; // rows; the rest is in the JSON
const TONES = { error: "failed", high: "failed", critical: "failed", warning: "waiting", medium: "waiting" };

/**
 * What of a text is shown beside an output that says the same: nothing of one that only writes it out, and of one that
 * lists what a table or quotes list, too, the first line.
 * @returns {{text: string, whole: string, alone: boolean}} `whole`: to be unfolded; `alone`: the output says it all
 */
export function beside(output, text) {
  if (text && (output === text || JSON.stringify(output, null, 2) === text)) return { text: "", whole: "", alone: true };
  const [first] = text.split("\n", 1);
  const isListed = (rowsOf(output)?.length ?? 0) > 0 && first !== text;
  return isListed ? { text: first, whole: text, alone: false } : { text, whole: "", alone: false };
}

/**
 * @param {{output?: any, artifact?: any}} data of a part
 * @param {{whole: string, alone: boolean}} view as `beside()` has it
 * @returns {Node[]}
 */
export function found(data, { whole, alone }) {
  if (!("output" in data)) return [json(artifactName(data.artifact), data.artifact)];
  const { output } = data;
  if (output === null || output === undefined || (typeof output === "string" && !alone)) return [];
  const rows = rowsOf(output);
  if (rows === null) return [json("Data", output, alone)];
  const shown = rows === output.findings ? findings(rows) : hits(rows);
  return [...shown, ...remarks(output), ...(whole ? [asText(whole)] : []), json("As JSON", output)];
}

/** @returns {?object[]} what can be shown as rows, if anything */
function rowsOf(output) {
  if (isList(output?.findings, isFinding)) return output.findings;
  return isList(output?.hits, isHit) ? output.hits : null;
}

/** How it was found, and what was left out. */
function remarks({ notes, method }) {
  const said = [...(Array.isArray(notes) ? notes : []), method].filter((line) => line && typeof line === "string");
  return said.slice(0, MOST).map((line) => el("p", { class: "muted small remark" }, line));
}

function artifactName(artifact) {
  return artifact?.name ? `Artifact: ${artifact.name}` : "Artifact";
}

function asText(whole) {
  const body = el("div", { class: "body" });
  paint(body, whole);
  return el("details", { class: "data" }, el("summary", {}, "As text"), body);
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
