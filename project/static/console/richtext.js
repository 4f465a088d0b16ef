// Text of messages as nodes: paragraphs, fenced code, links. Nothing in it is ever read as HTML.

import { el } from "./dom.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`\n]*)$/;
const LINK = /\bhttps?:\/\/[^\s<>"'`\u200e\u200f\u202a-\u202e\u2066-\u2069]+/giu;
const TRAILING = /[.,;:!?*_]+$/;

const sources = new WeakMap(); // block node -> what it was made of

/** Show `text` in `container`. Unchanged blocks are left alone: a growing answer keeps a reader's selection. */
export function paint(container, text) {
  const blocks = split(text);
  blocks.forEach((block, index) => {
    const source = JSON.stringify(block);
    const old = container.children[index];
    if (old && sources.get(old) === source) return;
    const node = block.code ? code(block) : paragraph(block.text);
    sources.set(node, source);
    if (old) old.replaceWith(node);
    else container.append(node);
  });
  while (container.children.length > blocks.length) container.lastElementChild.remove();
}

/** @returns {{code: boolean, text: string, language?: string}[]} an open fence runs to the end */
export function split(text) {
  const blocks = [];
  let lines = [];
  let fence = null;
  const close = () => {
    const body = fence ? lines.join("\n") : lines.join("\n").replace(/^\n+|\s+$/g, "");
    if (fence || body) blocks.push({ code: fence !== null, text: body, language: fence?.language ?? "" });
    lines = [];
  };
  for (const line of text.split(/\r\n|\r|\n/)) {
    const mark = FENCE.exec(line);
    if (mark && (fence === null || ends(fence, mark))) {
      close();
      fence = fence ? null : { mark: mark[1], language: mark[2].trim() };
    } else if (!fence && line.trim() === "") {
      close();
    } else {
      lines.push(line);
    }
  }
  close();
  return blocks;
}

function ends(fence, [, mark, rest]) {
  return mark[0] === fence.mark[0] && mark.length >= fence.mark.length && rest.trim() === "";
}

function code({ text, language }) {
  const label = language ? `Code, ${language}` : "Code";
  return el("pre", { class: "code", tabindex: "0", role: "region", "aria-label": label }, el("code", {}, text));
}

function paragraph(text) {
  return el("p", { dir: "auto" }, ...linked(text));
}

function linked(text) {
  const nodes = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const address = trimmed(found);
    if (!URL.canParse(address)) continue;
    nodes.push(text.slice(end, index), anchor(address));
    end = index + address.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

/** Without the punctuation of the sentence around it; a closing bracket stays where it was opened inside. */
function trimmed(address) {
  const bare = address.replace(TRAILING, "");
  const last = bare.at(-1);
  const opened = { ")": "(", "]": "[", "}": "{" }[last];
  if (opened && count(bare, last) > count(bare, opened)) return trimmed(bare.slice(0, -1));
  return bare;
}

function count(text, character) {
  return text.split(character).length - 1;
}

function anchor(address) {
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, address);
}
