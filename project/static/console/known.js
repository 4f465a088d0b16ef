// "What the assistant knows": the context that the next message would be answered with, beside the conversation. It is
// read anew whenever the log says that something of it changed, and each minute: the policy of the workspace changes for
// all conversations at once, and no log tells it.

import { arrange, byId, el } from "./dom.js";
import { Entities } from "./entities.js";
import { overview, summary } from "./overview.js";
import { announce } from "./panel.js";
import { Pins } from "./pins.js";
import { tell } from "./problem.js";
import { Side } from "./side.js";

const GATHERED = 300; // milliseconds of news that are answered by one reading
const AGAIN = 60_000; // milliseconds
const CHANGES = /^(context\.|message\.(?!delta$)|stream\.reset$)/;

export class Known {
  #api;
  #bring;
  #side;
  #place = byId("known-parts");
  #thread = null;
  #people = null;
  #context = null;
  #reading = 0; // counts requests, so that a slow one gives way to the next
  #timer = null;
  #unread = false; // the last reading failed
  #overview = el("div", { class: "known-part" });
  #summary = el("section", { class: "known-part", "aria-labelledby": "known-summary" });
  #pins;
  #entities;
  #again = el("button", { type: "button", class: "button again", on: { click: () => this.#restart() } }, "Try again");
  #heard = ({ detail }) => CHANGES.test(detail.type) && this.#soon();

  /** @param {(id: string) => void} reveal brings a message into view */
  constructor(api, reveal) {
    this.#api = api;
    this.#bring = reveal;
    this.#side = new Side("known", () => this.#restart());
    setInterval(() => document.visibilityState === "visible" && this.#thread && this.#soon(), AGAIN);
    this.#pins = new Pins({
      reveal: (id) => this.#reveal(id),
      note: (text) => this.#alter("Pinned.", (id) => api.changeContext(id, { pin: [{ text }] })),
      unpin: (pin) => this.#alter("Unpinned.", (id) => api.changeContext(id, { unpin: [pin] })),
    });
    this.#entities = new Entities({
      change: (entity, fields) => this.#alter("Changed.", (id) => api.changeEntity(id, entity, fields)),
      forget: async (entity, conversation) => {
        await api.forgetEntity(conversation, entity);
        announce("Forgotten.");
        await this.#read();
      },
      conversation: () => this.#thread.info.id,
    });
  }

  /** @param {?Thread} thread whose context to show from now on */
  watch(thread, people) {
    this.#thread?.removeEventListener("event", this.#heard);
    this.#thread = thread;
    this.#people = people;
    this.#context = null;
    this.#pins.clear();
    this.#entities.clear();
    thread?.addEventListener("event", this.#heard);
    this.#restart();
  }

  /** What the reader may do changed. */
  permit(people) {
    this.#people = people;
    if (this.#context) this.#paint();
  }

  /** Pin a message. @throws {Problem} when the server refuses */
  async pin(message) {
    await this.#api.changeContext(this.#thread.info.id, { pin: [{ message }] });
    announce("Pinned: the assistant keeps it in mind.");
  }

  /** Where the panel covers the conversation, it gives way. */
  #reveal(message) {
    if (matchMedia("(max-width: 68rem)").matches) this.#side.toggle(false);
    this.#bring(message);
  }

  #restart() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#reading += 1;
    tell(byId("known-problem"), null);
    if (this.#context) this.#paint();
    else this.#place.replaceChildren(this.#thread ? bones() : el("p", { class: "muted" }, "No conversation is open."));
    if (this.#side.open && this.#thread) this.#read();
  }

  /** News come in bursts; the first of one begins the wait, so that a long one holds nothing up. */
  #soon() {
    if (!this.#side.open || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#read();
    }, GATHERED);
  }

  async #read() {
    const reading = (this.#reading += 1);
    try {
      const context = await this.#api.context(this.#thread.info.id);
      if (reading !== this.#reading) return;
      this.#context = context;
      this.#paint();
      if (this.#unread) tell(byId("known-problem"), null);
      this.#unread = false;
    } catch (problem) {
      if (reading !== this.#reading) return;
      this.#unread = true;
      tell(byId("known-problem"), problem);
      if (!this.#context) this.#place.replaceChildren(this.#again);
    }
  }

  /** @returns {Promise<boolean>} whether it was done; what is refused is told at the top */
  async #alter(done, work) {
    tell(byId("known-problem"), null);
    try {
      await work(this.#thread.info.id);
    } catch (problem) {
      tell(byId("known-problem"), problem);
      return false;
    }
    announce(done);
    await this.#read();
    return true;
  }

  #paint() {
    const { mayWrite } = this.#people;
    this.#overview.replaceChildren(...overview(this.#context));
    this.#pins.show(this.#context.pinned, mayWrite);
    this.#entities.show(this.#context.entities, mayWrite);
    this.#summary.replaceChildren(...summary(this.#context.summary));
    arrange(this.#place, [this.#overview, this.#summary, this.#pins.node, this.#entities.node]);
  }
}

function bones() {
  const lines = ["short", "long", "middle", "long"].map((width) => el("span", { class: `bone ${width}` }));
  return el("div", { class: "known-part", role: "status" }, el("span", { class: "unseen" }, "Reading"), ...lines);
}
