// The event log of the open conversation, as it is on the wire: live at the end, older pages on request.

import { at, parse } from "./cursor.js";
import { clock } from "./clock.js";
import { byId, el, show } from "./dom.js";
import { tell } from "./problem.js";
import { Side } from "./side.js";

const PAGE = 100;
const MOST = 1000; // rows kept on screen
const NEAR = 40;

export class EventLog {
  #api;
  #side;
  #list = byId("events");
  #scroller = byId("log-scroller");
  #thread = null;
  #first = null; // cursor of the oldest event shown
  #pieces = null; // the row that counts deltas, while they follow each other
  #heard = (event) => this.#append(event.detail);

  constructor(api) {
    this.#api = api;
    this.#side = new Side("log", () => this.#restart());
    byId("log-earlier").addEventListener("click", () => this.#earlier());
  }

  /** @param {?Thread} thread whose log to show from now on */
  watch(thread) {
    this.#thread?.removeEventListener("event", this.#heard);
    this.#thread = thread;
    this.#restart();
  }

  #restart() {
    this.#list.replaceChildren();
    this.#pieces = null;
    this.#first = null;
    this.#thread?.removeEventListener("event", this.#heard);
    show(byId("log-earlier"), false);
    if (!this.#side.open || !this.#thread?.loaded) return;
    this.#first = this.#thread.position;
    this.#thread.addEventListener("event", this.#heard);
    this.#earlier();
  }

  /** The page that ends with the cursor of the oldest event shown; the first time, with the newest one known. */
  async #earlier() {
    const thread = this.#thread;
    const { epoch, seq } = parse(this.#first);
    const last = this.#list.firstElementChild?.dataset.seq ? seq - 1 : seq;
    const size = Math.min(PAGE, last);
    tell(byId("log-problem"), null);
    try {
      const page = size > 0 ? await this.#api.events(thread.info.id, at(epoch, last - size), size) : { results: [] };
      if (thread !== this.#thread) return;
      this.#prepend(page);
      show(byId("log-earlier"), last - size > 0);
    } catch (problem) {
      tell(byId("log-problem"), problem);
      show(byId("log-earlier"), true);
    }
  }

  #prepend({ results }) {
    const before = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    const newest = this.#list.childElementCount === 0;
    this.#list.prepend(...results.filter((event) => !this.#shown(event)).map((event) => row(event)));
    if (results.length) this.#first = results[0].id;
    this.#scroller.scrollTop = newest ? this.#scroller.scrollHeight : this.#scroller.scrollHeight - before;
  }

  #append(event) {
    if (event.type === "stream.reset") this.#restart();
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    if (event.type === "message.delta") this.#count(event);
    else if (!this.#shown(event)) {
      this.#pieces = null;
      this.#list.append(row(event));
    }
    while (this.#list.childElementCount > MOST) this.#list.firstElementChild.remove();
    if (atEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #shown({ id, seq }) {
    return seq !== null && id !== null && this.#list.querySelector(`[data-cursor="${id}"]`) !== null;
  }

  /** Deltas are not stored and come by the dozen: one row tells how many, and holds the latest. */
  #count(event) {
    const known = this.#pieces;
    const next = row(event, (known?.count ?? 0) + 1);
    if (known) known.node.replaceWith(next);
    else this.#list.append(next);
    this.#pieces = { node: next, count: (known?.count ?? 0) + 1 };
  }
}

function row(event, times = 0) {
  const stored = event.seq !== null && times === 0;
  const label = el("span", { class: "event-type" }, event.type, times > 1 ? ` \u00d7 ${times}` : "");
  const time = el("time", { datetime: event.time, title: clock.full(event.time) }, clock.second(event.time));
  const seq = el("span", { class: "event-seq" }, stored ? String(event.seq) : "\u00b7");
  const summary = el("summary", {}, seq, label, time);
  const details = el("details", {}, summary);
  details.addEventListener("toggle", () => unfold(details, event), { once: true });
  const place = stored ? { "data-cursor": event.id, "data-seq": event.seq } : {};
  return el("li", { ...place, "data-noun": event.type.split(".")[0] }, details);
}

function unfold(details, event) {
  const attributes = { class: "code", tabindex: "0", role: "region", "aria-label": `${event.type} as JSON` };
  details.append(el("pre", attributes, JSON.stringify(event, null, 2)));
}
