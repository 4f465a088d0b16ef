// One dialog for the questions the console asks. It closes when the answer was carried out, and shows why if not.

import { byId, el, show } from "./dom.js";
import { tell } from "./problem.js";

const LONGEST_TEXT = 200;
const LONGEST_PASSWORD = 1000;
const dialog = byId("dialog");
const input = byId("dialog-input");
let carryOut = null;
let done = false;

dialog.addEventListener("close", () => (input.value = "")); // it may be a password
byId("dialog-cancel").addEventListener("click", () => dialog.close());
byId("dialog-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const ok = byId("dialog-ok");
  ok.disabled = true;
  try {
    await carryOut(chosen() ?? (input.type === "password" ? input.value : input.value.trim()));
    done = true;
    dialog.close();
  } catch (problem) {
    tell(byId("dialog-problem"), problem);
  } finally {
    ok.disabled = false;
  }
});

/**
 * @param {{title: string, text?: string, label?: string, choices?: Choice[], value?: string, ok: string,
 *   danger?: boolean, secret?: boolean}} question with a `label` it asks for a text, a `secret` one is a password; with
 *   `choices` it asks for one of them
 * @param {(answer: string) => Promise<any>} then
 * @returns {Promise<boolean>} whether the answer was carried out, once the dialog is closed
 * @typedef {{value: string, label: string, text: string}} Choice
 */
export function ask(question, then) {
  const { title, text = "", label = "", choices = [], value = "", ok, danger = false, secret = false } = question;
  carryOut = then;
  done = false;
  input.type = secret ? "password" : "text";
  input.autocomplete = secret ? "current-password" : "off";
  input.maxLength = secret ? LONGEST_PASSWORD : LONGEST_TEXT;
  byId("dialog-title").textContent = title;
  byId("dialog-text").textContent = text;
  byId("dialog-label").textContent = label;
  byId("dialog-ok").textContent = ok;
  byId("dialog-ok").classList.toggle("button-danger", danger);
  show(byId("dialog-text"), text !== "");
  show(byId("dialog-field"), label !== "");
  show(byId("dialog-choices"), choices.length > 0);
  tell(byId("dialog-problem"), null);
  byId("dialog-choices").replaceChildren(...choices.map((choice) => radio(choice, value)));
  input.value = value;
  dialog.showModal();
  if (label) input.select();
  else (byId("dialog-choices").querySelector(":checked") ?? byId("dialog-cancel")).focus();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(done), { once: true }));
}

function radio({ value, label, text }, chosen) {
  const id = `choice-${value}`;
  const input = el("input", { type: "radio", name: "choice", id, value, "aria-describedby": `${id}-text` });
  input.checked = value === chosen;
  const words = el("span", {}, el("span", { class: "choice-label" }, label));
  words.append(el("span", { class: "choice-text", id: `${id}-text` }, text));
  return el("label", { class: "choice", for: id }, input, words);
}

function chosen() {
  return byId("dialog-choices").querySelector(":checked")?.value ?? null;
}

export function closeDialog() {
  if (dialog.open) dialog.close();
}
