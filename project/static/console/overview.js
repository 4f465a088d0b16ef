// The head of what the assistant knows: how much of it there is, and what older messages come to.

import { el } from "./dom.js";

const number = new Intl.NumberFormat("en");

/** @param {object} context as the API shows it @returns {Node[]} */
export function overview({ version, tokens, budget, messages, total }) {
  const bar = el("progress", { class: "meter", max: budget, value: tokens, "aria-label": "Tokens in use" });
  const spent = el("span", {}, `${number.format(tokens)} of ${number.format(budget)} tokens`);
  const facts = el("p", { class: "known-facts" }, spent, " ", el("span", {}, `Version ${number.format(version)}`));
  return [facts, bar, el("p", { class: "muted small" }, read(messages.length, total))];
}

/** @param {?object} summary @returns {Node[]} */
export function summary(summary) {
  const title = el("h3", { id: "known-summary" }, "Summary");
  if (summary === null) return [title, el("p", { class: "muted small" }, "Nothing is summed up: no message is too old.")];
  const { first_seq: first, last_seq: last, messages, text } = summary;
  const covers = `${counted(messages, "older message")}, from number ${first} to ${last}`;
  const lines = text.split("\n").filter(Boolean).map((line) => el("li", {}, line));
  return [title, el("p", { class: "muted small" }, covers), el("ul", { class: "known-lines", tabindex: "0", "aria-labelledby": "known-summary" }, ...lines)];
}

export function counted(count, noun) {
  return `${number.format(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function read(shown, total) {
  if (total === 0) return "Nothing has been said yet.";
  if (shown >= total) return `It reads ${total === 1 ? "the one message" : `all ${number.format(total)} messages`} word by word.`;
  return `It reads the newest ${number.format(shown)} of ${counted(total, "message")} word by word.`;
}
