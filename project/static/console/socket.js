// One WebSocket for everything this tab follows. It reconnects by itself and asks for each stream from where its
// follower says it is, so that nothing doubles and nothing is lost.

import { Backoff } from "./backoff.js";

const SIGNED_OUT = new Set([4401, 4403]);
const RESTARTING = 4503;
const ACKNOWLEDGED_AFTER = 64; // durable events; the server waits after 256

/**
 * @typedef {{cursor: () => ?string, receive: (envelope: object) => void, refused: (problem: object) => void}} Follower
 */

/** Emits `live` and `lost`. */
export class Socket extends EventTarget {
  #session;
  #followers = new Map();
  #socket = null;
  #backoff = new Backoff();
  #timer = null;
  #replies = new Map();
  #taken = new Map(); // by stream, durable events since the last acknowledgement
  #ref = 0;
  #ready = false; // signed in
  #refusals = 0; // of tokens, without one good sign-in in between

  constructor(session) {
    super();
    this.#session = session;
    session.addEventListener("renewed", () => this.#live && this.#authenticate().catch(ignored));
    session.addEventListener("ended", () => this.close());
    // The connection of the old network is dead, even if nobody has said so yet.
    addEventListener("online", () => (this.#socket || this.#timer !== null) && this.open());
    addEventListener("offline", () => this.dispatchEvent(new Event("lost")));
  }

  open() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#ready = false;
    this.#socket?.close();
    const address = new URL("/ws/v1/", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address, "switchboard.v1");
    this.#socket = socket;
    socket.onopen = () => this.#authenticate().then(() => this.#begin(), ignored);
    socket.onmessage = ({ data }) => this.#socket === socket && this.#hear(JSON.parse(data));
    socket.onclose = ({ code }) => this.#socket === socket && this.#closed(code);
  }

  close() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#ready = false;
    this.#socket?.close();
    this.#socket = null;
  }

  /** @param {string} stream @param {Follower} follower */
  follow(stream, follower) {
    this.#followers.set(stream, follower);
    if (this.#live) this.#subscribe(stream);
  }

  unfollow(stream) {
    if (this.#followers.delete(stream) && this.#live) this.#send({ op: "unsubscribe", stream }).catch(ignored);
  }

  /** Ask for a stream again, from the cursor its follower has now. */
  refollow(stream) {
    if (this.#live && this.#followers.has(stream)) this.#subscribe(stream);
  }

  get #live() {
    return this.#ready && this.#socket?.readyState === WebSocket.OPEN;
  }

  #authenticate() {
    return this.#send({ op: "auth", token: this.#session.token });
  }

  #begin() {
    this.#ready = true;
    this.#backoff.reset();
    this.#refusals = 0;
    this.#followers.forEach((_, stream) => this.#subscribe(stream));
    this.dispatchEvent(new Event("live"));
  }

  async #subscribe(stream) {
    const follower = this.#followers.get(stream);
    const after = follower.cursor();
    try {
      await this.#send({ op: "subscribe", stream, ...(after ? { after } : {}) });
    } catch (problem) {
      follower.refused(problem);
    }
  }

  /** @returns {Promise<object>} the `ok`; an `error` rejects with its problem, a closed socket leaves it open */
  #send(frame) {
    const ref = String((this.#ref += 1));
    this.#socket.send(JSON.stringify({ ...frame, ref }));
    return new Promise((resolve, reject) => this.#replies.set(ref, { resolve, reject }));
  }

  #hear(frame) {
    if (frame.type === "ok" || frame.type === "error") return this.#settle(frame);
    this.#followers.get(frame.stream)?.receive(frame);
    return this.#acknowledge(frame);
  }

  /** The server pauses a stream whose events are not acknowledged, and closes the socket in the end. */
  #acknowledge({ stream, type, id, seq }) {
    if (seq === null || type === "message.delta") return;
    const taken = (this.#taken.get(stream) ?? 0) + 1;
    this.#taken.set(stream, taken % ACKNOWLEDGED_AFTER);
    if (taken >= ACKNOWLEDGED_AFTER) this.#send({ op: "ack", stream, id }).catch(ignored);
  }

  #settle({ type, ref, problem }) {
    const reply = this.#replies.get(ref);
    this.#replies.delete(ref);
    if (type === "ok") reply?.resolve();
    else reply?.reject(problem);
  }

  async #closed(code) {
    this.#ready = false;
    this.#replies.clear();
    this.dispatchEvent(new Event("lost"));
    if (SIGNED_OUT.has(code) && !(await this.#signedInAgain())) return;
    const wait = code === RESTARTING ? Math.random() * 500 : this.#backoff.next();
    this.#timer = setTimeout(() => this.open(), wait);
  }

  /** A renewal answers a refused token. Refused again with the new one, the session is over. */
  async #signedInAgain() {
    if (this.#refusals > 0) {
      this.#session.end();
      return false;
    }
    await this.#session.renew().then(() => (this.#refusals += 1), ignored);
    return this.#session.token !== null;
  }
}

/** A refused frame needs no answer of its own: the close that follows is answered, and the next sign-in renews all. */
function ignored() {}
