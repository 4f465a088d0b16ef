// The messages on screen. It paints what changed, keeps the reader's place, and tells a screen reader of whole
// messages only: never of each piece of an answer.

import { clock } from "./clock.js";
import { arrange, byId, el, oncePerFrame, show } from "./dom.js";
import { secondsLeft } from "./outcome.js";
import { repaintTask, task, viewOfTask } from "./task.js";
import { spoken } from "./taskwords.js";
import { repaint, turn, viewOfEntry, viewOfItem } from "./turn.js";

const NEAR = 96; // pixels from the end that still count as being there
const SPOKEN = 400; // characters of a message that are read out

export class Transcript {
  #scroller = byId("scroller");
  #turns = byId("turns");
  #latest = byId("latest");
  #nodes = new Map(); // key -> {node, stamp, text}
  #actions;
  #experts;
  #thread = null;
  #outbox = null;
  #people = null;
  #following = true; // the reader is at the end and wants to stay there
  #height = 0;
  #tick = null; // while a run counts down to its next attempt

  update = oncePerFrame(() => this.#paint());

  /** @param {object} actions what the buttons of turns do @param {Experts} experts what they are called */
  constructor(actions, experts) {
    this.#actions = actions;
    this.#experts = experts;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#latest.addEventListener("click", () => this.#toEnd());
    new ResizeObserver(() => this.#following && this.#toEnd()).observe(this.#scroller);
  }

  open(thread, outbox, people) {
    this.#thread = thread;
    this.#outbox = outbox;
    this.#people = people;
    this.#following = true;
    this.#nodes.clear();
    this.#turns.replaceChildren();
    this.state(skeleton());
  }

  permit(people) {
    this.#people = people;
    this.update();
  }

  close() {
    this.#thread = null;
    this.#nodes.clear();
    this.#turns.replaceChildren();
    this.state();
  }

  /** What stands where messages would: a skeleton, an empty state, an error. */
  state(...nodes) {
    byId("thread-state").replaceChildren(...nodes);
  }

  /** Go to the end with the next painting, wherever the reader was. */
  followAgain() {
    this.#following = true;
    this.update();
  }

  /** Run `load`, which adds turns above and, to answers that were there before their questions, in between: without
   * moving the first turn that the reader sees. */
  async keepingPlace(load) {
    await load();
    const place = this.#firstInView();
    const before = place?.getBoundingClientRect().top;
    this.#following = false; // the browser tells late that they scrolled away, and a painting would go to the end
    this.#paint();
    if (place?.isConnected) this.#scroller.scrollTop += place.getBoundingClientRect().top - before;
    this.#scrolled();
  }

  /** Bring a message into view and point at it. @returns {boolean} false when it is not on screen */
  reveal(id) {
    this.#paint();
    const node = this.#nodes.get(id)?.node;
    if (!node) return false;
    this.#following = false;
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.remove("pointed");
    requestAnimationFrame(() => node.classList.add("pointed"));
    return true;
  }

  announce(message) {
    const { partial, fallback } = message.metadata ?? {};
    const whose = message.metadata?.expert_name ? `Answer of ${message.metadata.expert_name}` : "Answer";
    const answer = partial ? "Answer, stopped" : fallback ? "Not answered" : whose;
    const name = message.role === "user" ? this.#people.name(message.author) : answer;
    const text = message.text.length > SPOKEN ? `${message.text.slice(0, SPOKEN)} and more` : message.text;
    byId("announcer").textContent = `${name}: ${text}`;
  }

  /** A task of an expert changed. Of its progress nothing is read out. */
  tell(delegation) {
    const words = spoken(delegation);
    if (words) byId("announcer").textContent = words;
  }

  /** Put the focus into what an expert asks. */
  focusQuestion(delegation) {
    this.#paint();
    this.#nodes.get(delegation)?.node.querySelector("form :is(input, select, textarea, button)")?.focus();
  }

  #paint() {
    if (!this.#thread?.loaded) return;
    const views = this.#views();
    arrange(this.#turns, [...this.#withDays(views)]);
    const keys = new Set(views.map((view) => view.key));
    for (const key of this.#nodes.keys()) if (!keys.has(key.replace("day-", ""))) this.#nodes.delete(key);
    this.state(...(views.length ? [] : [empty(this.#people.mayWrite)]));
    show(byId("earlier"), this.#thread.hasEarlier);
    if (this.#following) this.#toEnd();
    this.#scrolled();
  }

  #views() {
    const { conversation, info } = this.#thread;
    const entries = conversation.entries();
    this.#countDown(entries);
    const said = entries.map((entry) => this.#view(entry));
    const waiting = this.#outbox.of(info.id).filter((item) => !conversation.messages.has(item.message));
    return [...said, ...waiting.map((item) => viewOfItem(item, this.#people, this.#experts))];
  }

  #view(entry) {
    if (!entry.delegation) return viewOfEntry(entry, this.#known(entry), this.#people);
    const { conversation } = this.#thread;
    const { id, question } = entry.delegation;
    const known = { stopping: conversation.delegations.isStopping(id), corded: conversation.messages.has(question) };
    return viewOfTask(entry, known, this.#people);
  }

  /** What is known of an entry beside itself. `question` is the entry's own id, or that of what it replies to. */
  #known({ message, run }) {
    const { conversation } = this.#thread;
    const question = message?.role === "user" ? message.id : (message?.reply_to ?? run?.question);
    const author = conversation.messages.get(question)?.author;
    const replies = message?.run && message.id !== question ? conversation.replies(question, message.run) : [];
    return {
      ahead: run?.state === "queued" ? conversation.ahead(run) : 0,
      isOpen: run !== null && conversation.isOpen(run.id),
      stopping: run !== null && conversation.isStopping(run.id),
      several: conversation.answers.size > 1, // with one, the composer's button stops it
      waitsFor: run?.state === "waiting" ? conversation.delegations.openOf(run.id) : [],
      expert: message?.metadata?.expert ? this.#experts.name(message.metadata.expert) : "",
      trying: this.#thread.isTrying(question),
      answered: conversation.answered(question),
      isLatest: [null, message?.run].includes(conversation.latest(question)),
      mine: author === this.#people.me,
      asker: this.#people.name(author),
      number: replies.indexOf(message) + 1,
      count: replies.length,
    };
  }

  #countDown(entries) {
    clearTimeout(this.#tick);
    if (entries.some(({ run }) => secondsLeft(run) > 0)) this.#tick = setTimeout(() => this.update(), 1000);
  }

  *#withDays(views) {
    let last = null;
    for (const view of views) {
      const day = view.time && new Date(view.time).toDateString();
      if (day && day !== last) yield this.#day(`day-${view.key}`, clock.day(view.time));
      last = day ?? last;
      yield this.#node(view);
    }
  }

  #day(key, label) {
    const known = this.#nodes.get(key);
    const node = known?.stamp === label ? known.node : el("li", { class: "day" }, el("span", {}, label));
    this.#nodes.set(key, { node, stamp: label });
    return node;
  }

  /** The node of a view: as it is, with its text grown, or made anew. */
  #node(view) {
    const { text, item, ...rest } = view;
    const stamp = JSON.stringify([rest, item?.state]);
    const known = this.#nodes.get(view.key);
    if (known?.stamp === stamp) {
      if (known.text !== text) (view.task ? repaintTask : repaint)(known.node, view);
      known.text = text;
      return known.node;
    }
    const node = (view.task ? task : turn)(view, this.#actions);
    const held = known?.node.contains(document.activeElement) ? (document.activeElement.dataset.focus ?? "") : null;
    const next = held !== null && ((held && node.querySelector(`[data-focus="${held}"]`)) || node);
    if (next) queueMicrotask(() => next.focus({ preventScroll: true }));
    this.#nodes.set(view.key, { node, stamp, text });
    return node;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const away = scrollHeight - scrollTop - clientHeight;
    // Content that grew under a resting reader is no scrolling of theirs.
    if (scrollHeight === this.#height || away < NEAR) this.#following = away < NEAR;
    this.#height = scrollHeight;
    show(this.#latest, away > clientHeight / 2 && !this.#following);
  }

  #firstInView() {
    const { top } = this.#scroller.getBoundingClientRect();
    return [...this.#turns.querySelectorAll(".turn")].find((node) => node.getBoundingClientRect().bottom > top);
  }

  #toEnd() {
    this.#following = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}

function skeleton() {
  const lines = ["short", "long", "middle", "short", "middle"].map((width) => el("span", { class: `bone ${width}` }));
  const words = el("span", { class: "unseen" }, "Loading the messages");
  return el("div", { class: "skeleton", role: "status" }, words, ...lines);
}

function empty(mayWrite) {
  const invitation = mayWrite ? " The first message is yours." : "";
  return el("p", { class: "muted empty" }, `Nothing has been said here yet.${invitation}`);
}
