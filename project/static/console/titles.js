// A title for a conversation that has none.

const LONGEST_TITLE = 60;

/** @param {string} text the first thing said @returns {string} its first line, cut between words */
export function titleOf(text) {
  const line = text.trim().split("\n", 1)[0].replace(/\s+/g, " ");
  const letters = [...line];
  if (letters.length <= LONGEST_TITLE) return line;
  const cut = letters.slice(0, LONGEST_TITLE).join("");
  return `${cut.slice(0, cut.lastIndexOf(" ") > 20 ? cut.lastIndexOf(" ") : undefined)}\u2026`;
}
