// The quiet bar at the top: the connection is lost and comes back by itself. Short gaps pass without a word.

import { byId, show } from "./dom.js";

const PATIENCE = 800;
let timer = null;

export const bar = {
  lost(words = navigator.onLine ? "Reconnecting" : "You are offline. Messages wait here until you are back.") {
    if (!byId("bar").hidden) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      byId("bar").textContent = words;
      show(byId("bar"));
    }, PATIENCE);
  },

  clear() {
    clearTimeout(timer);
    show(byId("bar"), false);
  },
};
