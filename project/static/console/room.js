// The open conversation on screen: header, transcript, composer, log. Emits `changed` (detail: its fields),
// `deleted` (detail: its id), and `gone` when its stream was ended under us.

import { goesBack, isUntimely, labelOf, whileAnswering } from "./advice.js";
import { Composer } from "./composer.js";
import { byId, show } from "./dom.js";
import { isAsking } from "./delegations.js";
import { ask } from "./dialog.js";
import { EventLog } from "./eventlog.js";
import { Experts } from "./experts.js";
import { Known } from "./known.js";
import { closeWhenLeft, leaveMenu } from "./menu.js";
import { patiently } from "./patiently.js";
import { choosePolicy } from "./policy.js";
import { unlessProblem } from "./problem.js";
import { route } from "./route.js";
import { UNTITLED } from "./sidebar.js";
import { Thread } from "./thread.js";
import { titleOf } from "./titles.js";
import { Transcript } from "./transcript.js";

const MOST_PAGES = 40; // looked through for a quoted message

export class Room extends EventTarget {
  #api;
  #socket;
  #thread = null;
  #outbox = null;
  #people = null;
  #log;
  #known;
  #refusal = null; // {conversation, problem, open} of what was not done, until something else is
  #experts = new Experts();
  #composer = new Composer({ send: (text, to) => this.#send(text, to), stop: () => this.#stopFirst() });
  #transcript = new Transcript({
    quote: (id) => this.#quote(id),
    stop: (run) => this.#carryOut((thread) => thread.stop(run)),
    again: (question) => this.#carryOut((thread) => thread.again(question)),
    pin: (id) => this.#carryOut(() => this.#known.pin(id)),
    answer: (delegation, answer) => this.#thread.answer(delegation, answer),
    known: (delegation) => this.#thread.known(delegation),
    cancel: (delegation) => this.#carryOut((thread) => thread.stopTask(delegation)),
    retry: (item) => this.#outbox.retry(item),
    edit: (item) => this.#edit(item),
    discard: (item) => this.#outbox.discard(item),
  }, this.#experts);

  constructor(api, socket) {
    super();
    this.#api = api;
    this.#socket = socket;
    this.#log = new EventLog(api);
    this.#known = new Known(api, (id) => this.#quote(id));
    byId("rename").addEventListener("click", () => this.#rename());
    byId("policy").addEventListener("click", () => this.#policy());
    byId("archive").addEventListener("click", () => this.#archive());
    byId("delete").addEventListener("click", () => this.#delete());
    byId("earlier").addEventListener("click", () => this.#earlier());
    closeWhenLeft(byId("menu"));
  }

  get conversation() {
    return this.#thread?.info.id ?? null;
  }

  /** @param {object} info the conversation's fields @throws {Problem} when it cannot be read */
  async open(info, outbox, people) {
    this.close();
    this.#outbox = outbox;
    this.#people = people;
    const thread = (this.#thread = new Thread(info, this.#api, this.#socket));
    this.#transcript.open(thread, outbox, people);
    show(byId("thread"));
    this.#head();
    thread.addEventListener("change", () => this.changed());
    thread.addEventListener("message", ({ detail }) => this.#heard(detail));
    thread.addEventListener("delegation", ({ detail }) => this.#told(detail));
    this.#experts.load(this.#api, info.workspace, () => this.#offer());
    thread.addEventListener("gone", () => this.#thread === thread && this.dispatchEvent(new Event("gone")));
    await patiently(() => thread.open(), () => this.#thread === thread);
    if (this.#thread !== thread) return;
    this.#log.watch(thread);
    this.#known.watch(thread, this.#people);
  }

  close() {
    this.#thread?.close();
    this.#thread = null;
    this.#log.watch(null);
    this.#known.watch(null);
    this.#transcript.close();
    show(byId("thread"), false);
  }

  /** Forget drafts too: somebody else may sign in. */
  forget() {
    this.close();
    this.#composer.forget();
  }

  focus() {
    const touch = matchMedia("(pointer: coarse)").matches; // there a focused field calls up the keyboard
    if (touch || !this.#composer.focus()) byId("title").focus({ preventScroll: true });
  }

  /** Messages or the outbox changed. */
  changed() {
    const thread = this.#thread;
    if (!thread) return;
    this.#outbox.settle(thread.info.id, thread.conversation.messages);
    const failed = this.#outbox.of(thread.info.id).findLast((item) => item.state === "failed");
    this.#composer.problem(this.#refused() ?? failed?.problem ?? null);
    this.#composer.answering(this.#answering(), whileAnswering(thread.info.policy));
    this.#transcript.update();
  }

  /** A message was refused. When the moment or a word was wrong, its text goes back to where it was written. */
  refused(item) {
    if (!goesBack(item.problem) || !this.#composer.restore(item)) return;
    this.#refuse(item.conversation, item.problem);
    this.#outbox.discard(item);
  }

  /** Take in fields that changed, here or elsewhere. */
  put(fields) {
    if (fields.id !== this.conversation) return;
    Object.assign(this.#thread.info, fields);
    this.#head();
  }

  permit(people) {
    this.#people = people;
    if (!this.#thread) return;
    this.#transcript.permit(people);
    this.#known.permit(people);
    this.#head();
    this.changed();
  }

  /** Name an untitled conversation after the first thing said in it; not after what others do not see. */
  async entitle(item) {
    if (item.status !== "received" || item.conversation !== this.conversation || this.#thread.info.title) return;
    await this.#change({ title: titleOf(item.text) }).catch(unlessProblem);
  }

  /** Bring a message into view, loading what came before as far as needed. */
  async reveal(id) {
    const thread = this.#thread;
    for (let pages = 0; !this.#transcript.reveal(id) && pages < MOST_PAGES; pages += 1) {
      if (thread !== this.#thread || !thread.hasEarlier) return;
      await this.#transcript.keepingPlace(() => thread.loadEarlier());
    }
  }

  #head() {
    const { id, title, archived, policy } = this.#thread.info;
    const name = title || UNTITLED;
    byId("title").textContent = name;
    byId("title").title = name;
    document.title = `${name} \u00b7 Switchboard`;
    byId("policy").textContent = `New messages: ${labelOf(policy).toLowerCase()}`;
    byId("archive").textContent = archived ? "Restore" : "Archive";
    show(byId("menu"), this.#people.mayWrite);
    this.#composer.open(id, name, obstacle(archived, this.#people));
  }

  /** Learn whom a message can be given to. */
  #offer() {
    this.#composer.offer(this.#experts.all);
    this.#transcript.update();
  }

  #send(text, to) {
    this.#refusal = null;
    this.#transcript.followAgain();
    this.#outbox.add(this.conversation, text, to);
  }

  /** What can be stopped: what is being answered, else what waits for its turn. A task of an expert has its own button. */
  get #stoppable() {
    const { inTurn } = this.#thread.conversation;
    const running = inTurn.filter(({ state }) => state === "running");
    return running.length ? running : inTurn.slice(0, 1);
  }

  #answering() {
    const { conversation } = this.#thread;
    const runs = this.#people.mayWrite ? this.#stoppable : [];
    if (runs.length === 0) return "none";
    return runs.every(({ id }) => conversation.isStopping(id)) ? "stopping" : "open";
  }

  #stopFirst() {
    for (const { id } of this.#stoppable) this.#carryOut((thread) => thread.stop(id));
  }

  /** Do something to the open conversation. A refusal is told beside the composer. */
  async #carryOut(work) {
    const thread = this.#thread;
    if (this.#refusal && !isUntimely(this.#refusal.problem)) this.#refusal = null;
    try {
      await work(thread);
    } catch (problem) {
      unlessProblem(problem);
      this.#refuse(thread.info.id, problem);
      this.changed();
    }
  }

  #refuse(conversation, problem) {
    this.#refusal = { conversation, problem, open: 0 };
  }

  /** Why the last thing was refused. What only came at a bad moment is told until that has passed. */
  #refused() {
    const { info, conversation } = this.#thread;
    if (this.#refusal?.conversation !== info.id) return null;
    const open = conversation.inTurn.length;
    if (isUntimely(this.#refusal.problem) && open < this.#refusal.open) this.#refusal = null;
    else this.#refusal.open = open;
    return this.#refusal?.problem ?? null;
  }

  #edit(item) {
    this.#outbox.discard(item);
    this.#composer.insert(item);
  }

  #heard(message) {
    if (message.author === this.#people.me) this.#outbox.recognise(message);
    else this.#transcript.announce(message);
  }

  /** A question takes the focus, if it is put to us and we are not doing anything else. */
  #told(delegation) {
    this.#transcript.tell(delegation);
    const asker = this.#thread.conversation.messages.get(delegation.question)?.author;
    const active = document.activeElement;
    const idle = active === document.body || (byId("composer").contains(active) && !this.#composer.busy);
    const mine = asker === this.#people.me && this.#people.mayWrite;
    if (isAsking(delegation) && mine && idle) this.#transcript.focusQuestion(delegation.id);
  }

  #rename() {
    leaveMenu();
    const question = { title: "Rename the conversation", label: "Title", value: this.#thread.info.title, ok: "Rename" };
    ask(question, (title) => this.#change({ title }));
  }

  #policy() {
    leaveMenu();
    choosePolicy(this.#thread.info.policy, (policy) => this.#change({ policy }));
  }

  #archive() {
    leaveMenu();
    const { archived } = this.#thread.info;
    const title = archived ? "Restore the conversation?" : "Archive the conversation?";
    const text = archived ? "It returns to the list." : "It leaves the list; it can still be read.";
    ask({ title, text, ok: archived ? "Restore" : "Archive" }, () => this.#change({ archived: !archived }));
  }

  #delete() {
    leaveMenu();
    const { id, title } = this.#thread.info;
    const text = `"${title || UNTITLED}" disappears for everybody in this workspace.`;
    ask({ title: "Delete the conversation?", text, ok: "Delete", danger: true }, async () => {
      await this.#api.deleteConversation(id);
      this.dispatchEvent(new CustomEvent("deleted", { detail: id }));
    });
  }

  async #change(fields) {
    const changed = await this.#api.changeConversation(this.conversation, fields);
    this.put(changed);
    this.dispatchEvent(new CustomEvent("changed", { detail: changed }));
  }

  async #earlier() {
    byId("earlier").disabled = true;
    await this.#transcript.keepingPlace(() => this.#thread.loadEarlier()).catch(unlessProblem);
    byId("earlier").disabled = false;
  }

  async #quote(id) {
    if (this.#thread.conversation.messages.has(id)) return this.reveal(id);
    const message = await this.#api.message(id).catch(unlessProblem);
    if (message?.conversation === this.conversation) return this.reveal(id);
    return message && route.go(route.conversation(message.conversation, id));
  }
}

function obstacle(archived, people) {
  if (!people.mayWrite) return `You can read here. To write, a workspace's owner or admin makes you an editor.`;
  return archived ? "This conversation is archived. Restore it to go on." : null;
}
