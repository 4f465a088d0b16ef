// Fields of a form made from a JSON Schema: each shows one value, and says what it is or why it is none.

import { el } from "./dom.js";

const FEW = 4; // choices that are shown side by side
const SHORT = 200; // characters that fit into one line
const YES_OR_NO = [
  [true, "Yes"],
  [false, "No"],
];

/** What a field holds that is no value: the words say why. */
export class Unreadable extends Error {}

/**
 * @typedef {object} Field
 * @property {string} name the property; "" is the whole answer
 * @property {HTMLElement} node
 * @property {() => boolean} isEmpty nobody has chosen or written anything
 * @property {(value: any) => void} fill
 * @property {() => any} read the value, `undefined` when there is none @throws {Unreadable}
 * @property {(words: string) => void} tell what is wrong with it; "" nothing any more
 * @property {() => void} focus
 */

/** @returns {Field} @param {string} id unique in the page @param {boolean} needed */
export function field(id, name, schema, needed) {
  const its = choicesOf(schema) ? choice(id, choicesOf(schema)) : written(id, schema);
  if (schema.default !== undefined) its.fill(schema.default);
  const title = schema.title || (name ? worded(name) : "Answer");
  const fault = el("p", { class: "field-fault", id: `${id}-fault` });
  const hint = schema.description && el("p", { class: "muted small", id: `${id}-hint` }, schema.description);
  const label = [title, !needed && el("span", { class: "muted" }, " (optional)")];
  const described = [hint && `${id}-hint`, `${id}-fault`].filter(Boolean).join(" ");
  its.focusable.forEach((node) => node.setAttribute("aria-describedby", described));
  const attributes = { class: "labelled", "data-field": name };
  const node = its.isGroup
    ? el("fieldset", { ...attributes, class: "labelled task-choices" }, el("legend", {}, ...label), hint, its.node, fault)
    : el("div", attributes, el("label", { for: id }, ...label), hint, its.node, fault);
  const focus = () => its.focusable[0].focus();
  const { fill, isEmpty } = its;
  return { name, node, fill, isEmpty, read: () => read(its, needed), tell: (words) => tell(its, fault, words), focus };
}

function read(control, needed) {
  const value = control.read();
  if (value === undefined && needed) throw new Unreadable("This is needed.");
  return value;
}

function tell({ focusable }, fault, words) {
  fault.textContent = words;
  for (const node of focusable) {
    if (words) node.setAttribute("aria-invalid", "true");
    else node.removeAttribute("aria-invalid");
  }
}

/** @returns {?[any, string][]} values and their labels */
function choicesOf(schema) {
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum.map((value) => [value, labelOf(value)]);
  return typeOf(schema) === "boolean" ? YES_OR_NO : null;
}

function choice(id, choices) {
  return choices.length <= FEW ? radios(id, choices) : menu(id, choices);
}

function radios(id, choices) {
  const inputs = choices.map((_, index) => el("input", { type: "radio", name: id, id: `${id}-${index}` }));
  const labels = inputs.map((input, index) =>
    el("label", { class: "choice", for: input.id }, input, el("span", {}, choices[index][1])),
  );
  const read = () => choices[inputs.findIndex((input) => input.checked)]?.[0];
  const fill = (value) => inputs.forEach((input, index) => (input.checked = same(choices[index][0], value)));
  const isEmpty = () => !inputs.some((input) => input.checked);
  return { isGroup: true, node: el("div", { class: "choices" }, ...labels), focusable: inputs, read, fill, isEmpty };
}

function menu(id, choices) {
  const options = choices.map(([, label], index) => el("option", { value: index }, label));
  const node = el("select", { id }, el("option", { value: "" }, "Choose"), ...options);
  const fill = (value) => (node.selectedIndex = choices.findIndex(([one]) => same(one, value)) + 1);
  return control(node, () => (node.value === "" ? undefined : choices[node.value][0]), fill);
}

function written(id, schema) {
  const type = typeOf(schema);
  if (type === "string") return text(id, schema);
  if (type === "number" || type === "integer") return number(id, schema, type);
  return anything(id, type);
}

function text(id, { maxLength, format }) {
  const kind = { email: "email", date: "date" }[format] ?? "text";
  const isLong = maxLength > SHORT || format === "textarea";
  const node = isLong ? el("textarea", { id, rows: "3" }) : el("input", { id, type: kind, autocomplete: "off" });
  return control(node, () => node.value.trim() || undefined);
}

function number(id, { minimum, maximum }, type) {
  const step = type === "integer" ? "1" : "any";
  const node = el("input", { id, type: "number", step, min: minimum, max: maximum, autocomplete: "off" });
  const readNumber = () => {
    if (node.validity.badInput) throw new Unreadable("This is no number.");
    return node.value === "" ? undefined : Number(node.value);
  };
  return control(node, readNumber);
}

/** Lists, objects, and what may be anything: as JSON. Where a text would do, a plain one is one. */
function anything(id, type) {
  const node = el("textarea", { id, rows: "3", class: "mono", spellcheck: "false" });
  node.placeholder = { array: "[...]", object: "{...}" }[type] ?? "";
  const readJson = () => {
    const written = node.value.trim();
    if (written === "") return undefined;
    try {
      return JSON.parse(written);
    } catch {
      if (type === undefined) return written;
      throw new Unreadable("This is not written as JSON.");
    }
  };
  return control(node, readJson, (value) => (node.value = JSON.stringify(value, null, 2)));
}

function control(node, read, fill = (value) => (node.value = String(value))) {
  return { node, focusable: [node], read, fill, isEmpty: () => node.value === "" };
}

/** @returns {string|undefined} the one type a value has, but for null */
export function typeOf({ type }) {
  return Array.isArray(type) ? type.find((one) => one !== "null") : type;
}

function labelOf(value) {
  return typeof value === "string" ? value || "(empty)" : JSON.stringify(value);
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

function worded(name) {
  const words = name.replaceAll(/[_-]+/g, " ").trim() || name;
  return words[0].toUpperCase() + words.slice(1);
}
