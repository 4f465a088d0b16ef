// The sign-in form.

import { byId } from "./dom.js";
import { Problem, tell } from "./problem.js";

export class SignIn {
  #session;
  #form = byId("sign-in-form");

  constructor(session) {
    this.#session = session;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  open() {
    byId("password").value = "";
    const field = byId("username").value ? byId("password") : byId("username");
    field.focus();
  }

  async #submit() {
    const missing = [byId("username"), byId("password")].find((field) => field.value === "");
    if (missing) {
      this.#refuse(new Problem({ status: 422, title: `Enter your ${missing.name}` }), missing);
      return;
    }
    this.#busy(true);
    try {
      tell(byId("sign-in-problem"), null);
      await this.#session.signIn(byId("username").value, byId("password").value);
      byId("password").value = "";
    } catch (problem) {
      this.#refuse(problem, byId("password"));
    } finally {
      this.#busy(false);
    }
  }

  #refuse(problem, field) {
    tell(byId("sign-in-problem"), problem);
    field.focus();
    field.select();
  }

  #busy(busy) {
    this.#form.querySelector("button").disabled = busy;
    this.#form.setAttribute("aria-busy", String(busy));
  }
}
