// Failures in plain words. A Problem is what the server said (RFC 9457), or that nothing was heard at all.

import { advice } from "./advice.js";
import { el } from "./dom.js";

const UNREACHABLE = { status: 0, code: "unreachable", title: "The server cannot be reached", detail: "" };

export class Problem extends Error {
  constructor({ status, code, title, detail, request_id: requestId, errors }, retryAfter = null) {
    super(title);
    Object.assign(this, { status, code, title, detail: detail || "", requestId, errors: errors ?? [], retryAfter });
  }

  static unreachable() {
    return new Problem(UNREACHABLE);
  }

  /** The problem that a response carries; also of a proxy that answers in its own words. */
  static async of(response) {
    const body = await response.json().catch(() => ({}));
    const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
    const known = { title: `The server answered ${response.status}`, ...body, status: response.status };
    return new Problem(known, Number.isNaN(wait) ? null : wait);
  }

  /** Nothing is known about what became of the request: the same one may be sent again. */
  get passing() {
    return this.status === 0 || this.status >= 500;
  }

  get words() {
    if (this.status === 0) {
      return navigator.onLine ? `${this.title}.` : "You are offline.";
    }
    if (advice(this)) return advice(this);
    const invalid = this.errors.map((error) => error.detail).join(" ");
    const said = invalid || this.detail || this.title;
    const told = this.status !== 429 || !this.retryAfter || said.includes("Try again in");
    const wait = told ? "" : ` Try again in ${this.retryAfter} s.`;
    return /[.!?]$/.test(said) ? said + wait : `${said}.${wait}`;
  }
}

/** For what may fail without harm. Anything but a Problem is a defect, and rises. */
export function unlessProblem(error) {
  if (!(error instanceof Problem)) throw error;
  return null;
}

/**
 * Show a problem in the place kept for it beside a field; `null` takes it away. Anything but a Problem is a defect.
 * Where there is advice nothing went wrong, and nobody needs to look anything up.
 */
export function tell(place, problem) {
  const advised = problem instanceof Problem && advice(problem) !== null;
  place.toggleAttribute("data-advice", advised);
  place.replaceChildren();
  if (problem === null) return;
  if (!(problem instanceof Problem)) throw problem;
  place.append(el("span", {}, problem.words));
  if (problem.requestId && !advised) place.append(el("span", { class: "request-id" }, `Request ${problem.requestId}`));
}
