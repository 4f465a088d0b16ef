// The menu of the open conversation.

import { byId } from "./dom.js";

/** Close the menu; its button takes the focus, so that a dialog can give it back. */
export function leaveMenu() {
  byId("menu").open = false;
  byId("menu").querySelector("summary").focus();
}

export function closeWhenLeft(menu) {
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", ({ target }) => {
    if (!menu.contains(target)) menu.open = false;
  });
}
