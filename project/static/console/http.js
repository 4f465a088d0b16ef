// One request to the API, without memory: no token of its own, no retry.

import { Problem } from "./problem.js";

const BASE = "/api/v1/";
const PATIENCE = 15_000;

/**
 * @param {string} method
 * @param {string} path below /api/v1/, or a `next` or `previous` URL that a page gave
 * @param {{body?: object, token?: string, key?: string}} [options] `key` is the Idempotency-Key
 * @returns {Promise<any>} the JSON, or null for an empty answer
 * @throws {Problem}
 */
export async function request(method, path, { body, token, key } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  if (key) headers["Idempotency-Key"] = key;
  const answer = await send(local(path), {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
  });
  return answer;
}

async function send(url, options) {
  try {
    const response = await fetch(url, options);
    if (!response.ok) throw await Problem.of(response);
    return response.status === 204 ? null : await response.json();
  } catch (error) {
    // fetch() says TypeError for a network failure, a DOMException for a timeout, a SyntaxError for a cut body.
    throw error instanceof Problem ? error : Problem.unreachable();
  }
}

/** Behind a proxy a page's link may name another host: only its path counts. */
function local(path) {
  const url = new URL(path, location.origin + BASE);
  return url.pathname + url.search;
}
