// One dialog for the questions the console asks. It closes when the answer was carried out, and shows why if not.

import { byId, show } from "./dom.js";
import { tell } from "./problem.js";

const dialog = byId("dialog");
const input = byId("dialog-input");
let carryOut = null;

byId("dialog-cancel").addEventListener("click", () => dialog.close());
byId("dialog-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const ok = byId("dialog-ok");
  ok.disabled = true;
  try {
    await carryOut(input.value.trim());
    dialog.close();
  } catch (problem) {
    tell(byId("dialog-problem"), problem);
  } finally {
    ok.disabled = false;
  }
});

/**
 * @param {{title: string, text?: string, label?: string, value?: string, ok: string, danger?: boolean}} question
 *   with a `label` it asks for a text
 * @param {(text: string) => Promise<any>} then
 */
export function ask({ title, text = "", label = "", value = "", ok, danger = false }, then) {
  carryOut = then;
  byId("dialog-title").textContent = title;
  byId("dialog-text").textContent = text;
  byId("dialog-label").textContent = label;
  byId("dialog-ok").textContent = ok;
  byId("dialog-ok").classList.toggle("button-danger", danger);
  show(byId("dialog-text"), text !== "");
  show(byId("dialog-field"), label !== "");
  tell(byId("dialog-problem"), null);
  input.value = value;
  dialog.showModal();
  if (label) input.select();
  else byId("dialog-cancel").focus();
}

export function closeDialog() {
  if (dialog.open) dialog.close();
}
