// Some requests take a password that was given minutes ago. When the server says so, it is asked for.

import { ask } from "./dialog.js";

const STALE = "fresh_authentication_required";
const QUESTION = {
  title: "Enter your password",
  text: "This takes a password that was given within the last few minutes.",
  label: "Password",
  secret: true,
  ok: "Go on",
};

/**
 * @param {() => Promise<any>} work carried out once more after the password was given
 * @returns {Promise<any>} what it gave, or null when the password was not given
 * @throws {Problem} when it was refused for another reason
 */
export async function freshly(api, work) {
  try {
    return await work();
  } catch (problem) {
    if (problem.code !== STALE) throw problem;
  }
  return (await ask(QUESTION, (password) => api.confirm(password))) ? work() : null;
}
