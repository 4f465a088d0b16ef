// The sign-in of this tab. The access token lives in this module's memory and nowhere else; the refresh token is a
// cookie that no script can read. Tabs may renew at the same time: the server gives each the same successor.

import { Backoff, pause } from "./backoff.js";
import { request } from "./http.js";
import { Problem } from "./problem.js";

/** Spares a visitor who never signed in a renewal that can only fail. It is a hint, not a credential. */
const HINT = "switchboard.signed-in";
const WRONG_PASSWORD = "wrong_credentials"; // sent again it would count as another wrong guess
const AHEAD = 0.8; // of a token's life is used before it is renewed

/** Emits `renewed` with each new access token, `ended` when the sign-in is over. */
export class Session extends EventTarget {
  #access = null;
  #id = null;
  #renewing = null;
  #timer = null;

  get token() {
    return this.#access;
  }

  async signIn(username, password) {
    this.#accept(await request("POST", "auth/token", { body: { username, password, device: "browser" } }));
  }

  /**
   * Take up the sign-in that a cookie keeps, waiting for the server as long as it takes.
   * @param {() => void} waiting called before each further try
   * @returns {Promise<boolean>} whether there is one
   */
  async resume(waiting) {
    if (localStorage.getItem(HINT) === null) return false;
    const backoff = new Backoff();
    for (;;) {
      try {
        await this.renew();
        return true;
      } catch (problem) {
        if (!transient(problem)) return false;
        waiting();
        await pause(backoff.next());
      }
    }
  }

  /** Get a new access token; callers at the same time share one request. */
  renew() {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  /** @throws {Problem} when the server did not hear it: the session then goes on, here as there */
  async signOut() {
    await this.call("POST", "auth/logout", { body: {} });
    this.end();
  }

  /** An authenticated request. A refused token is renewed once; see `request` for the rest. */
  async call(method, path, options = {}) {
    const used = this.#access;
    try {
      return await request(method, path, { ...options, token: used });
    } catch (problem) {
      if (problem.status !== 401 || problem.code === WRONG_PASSWORD) throw problem;
      if (used === this.#access) await this.renew();
      return request(method, path, { ...options, token: this.#access });
    }
  }

  end() {
    clearTimeout(this.#timer);
    localStorage.removeItem(HINT);
    if (this.#access === null) return;
    this.#access = null;
    this.#id = null;
    this.dispatchEvent(new Event("ended"));
  }

  async #renew() {
    try {
      this.#accept(await request("POST", "auth/refresh", { body: {} }));
    } catch (problem) {
      if (!transient(problem)) this.end();
      throw problem;
    }
  }

  #accept({ access, session, expires_in: seconds }) {
    // Another tab signed in anew, perhaps as somebody else: nothing of the old sign-in may be shown or sent.
    if (this.#id !== null && this.#id !== session) this.end();
    this.#id = session;
    this.#access = access;
    localStorage.setItem(HINT, "yes");
    this.#schedule(seconds * 1000 * AHEAD);
    this.dispatchEvent(new Event("renewed"));
  }

  #schedule(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      try {
        await this.renew();
      } catch (problem) {
        if (transient(problem)) this.#schedule(5000);
      }
    }, milliseconds);
  }
}

function transient(problem) {
  return !(problem instanceof Problem) || problem.passing || problem.status === 429;
}
