// "Password": a new one, for who knows the present one. All other devices are signed out by it.

import { el, show } from "./dom.js";
import { labelled, Panel } from "./panel.js";
import { Problem } from "./problem.js";

const TEXT = "At least 10 characters, and not one of those that everybody tries first. Other devices are signed out.";
const DONE = "Your password is changed, and all other devices are signed out.";

export class Password {
  #api;
  #changed;
  #panel = new Panel("password-title", "Password", TEXT);
  #current = field("current-password");
  #chosen = field("new-password");
  #again = field("new-password");
  #submit = el("button", { type: "submit", class: "button button-main" }, "Change password");
  #done = el("p", { class: "made", role: "status", hidden: true });

  /** @param {string} username for password managers @param {() => void} changed called after a change */
  constructor(api, username, changed) {
    this.#api = api;
    this.#changed = changed;
    const owner = el("input", { name: "username", autocomplete: "username", value: username, hidden: true });
    const form = el(
      "form",
      { class: "panel-form", novalidate: true },
      owner,
      labelled("password-current", "Present password", this.#current),
      labelled("password-new", "New password", this.#chosen),
      labelled("password-again", "New password, once more", this.#again),
      el("div", { class: "panel-actions" }, this.#submit),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#panel.node.append(this.#done, form);
  }

  get node() {
    return this.#panel.node;
  }

  async #send() {
    show(this.#done, false);
    this.#submit.disabled = true;
    const changed = await this.#panel.guard(() => this.#change());
    this.#submit.disabled = false;
    if (!changed) return;
    for (const input of [this.#current, this.#chosen, this.#again]) input.value = "";
    this.#done.textContent = DONE;
    show(this.#done);
    this.#changed();
  }

  async #change() {
    if (this.#chosen.value !== this.#again.value) {
      this.#again.focus();
      throw new Problem({ status: 422, title: "The new password and its repetition differ" });
    }
    await this.#api.changePassword(this.#current.value, this.#chosen.value);
  }
}

function field(autocomplete) {
  return el("input", { type: "password", autocomplete, maxlength: "1000" });
}
