// The signed-in console: which workspace, which conversation, and what keeps them current.

import { Account } from "./account.js";
import { pause } from "./backoff.js";
import { bar } from "./bar.js";
import { closeDialog } from "./dialog.js";
import { byId, el, icon, show } from "./dom.js";
import { Feed } from "./feed.js";
import { newKey } from "./key.js";
import { Outbox } from "./outbox.js";
import { patiently } from "./patiently.js";
import { People } from "./people.js";
import { Problem, tell, unlessProblem } from "./problem.js";
import { Room } from "./room.js";
import { route } from "./route.js";
import { Sidebar } from "./sidebar.js";

const LAST = "switchboard.workspace";
const RECHECKED_AFTER = 300;

export class Board {
  #session;
  #api;
  #socket;
  #me = null;
  #workspace = null;
  #people = null;
  #outbox = null;
  #sidebar;
  #room;
  #feed;
  #account;
  #visit = 0; // counts navigations, so that a slow one gives way to the next

  constructor(session, api, socket) {
    this.#session = session;
    this.#api = api;
    this.#socket = socket;
    this.#sidebar = new Sidebar(api);
    this.#room = new Room(api, socket);
    this.#feed = new Feed(api, socket);
    this.#account = new Account(api);
    this.#connect();
  }

  /** Somebody signed in. */
  async enter() {
    this.#me = await patiently(() => this.#api.me(), () => this.#session.token !== null).catch(unlessProblem);
    if (this.#me === null) return; // refused: the session is over, and the sign-in form is shown
    const { user } = this.#me;
    byId("account-name").textContent = user.first_name || user.username;
    show(byId("admin"), user.is_staff);
    this.#outbox = new Outbox(this.#api, user.id);
    this.#outbox.addEventListener("change", () => this.#room.changed());
    this.#outbox.addEventListener("sent", ({ detail }) => this.#room.entitle(detail));
    this.#outbox.addEventListener("refused", ({ detail }) => this.#room.refused(detail));
    this.#socket.open();
    await this.visit();
  }

  leave() {
    this.#visit += 1;
    this.#outbox?.close();
    this.#feed.close();
    this.#room.forget();
    this.#account.close();
    closeDialog();
    this.#me = this.#workspace = this.#people = null;
    byId("conversations").replaceChildren();
    this.#sidebar.permit(false); // nothing can be created before a workspace is known
  }

  /** Show what the URL asks for. */
  async visit() {
    const visit = (this.#visit += 1);
    const wanted = () => visit === this.#visit && this.#me !== null;
    const { conversation, message, workspace, account } = route.read();
    document.body.dataset.view = conversation || account ? "thread" : "list";
    if (account) return this.#self();
    this.#account.close();
    if (this.#me.workspaces.length === 0) return this.#firstWorkspace();
    if (!conversation) return this.#lobby(workspace);
    if (conversation === this.#room.conversation) return message && this.#room.reveal(message);
    try {
      await this.#open(conversation, message, wanted);
    } catch (problem) {
      if (wanted()) this.#failed(problem);
    }
    return null;
  }

  /** The page about me, beside the conversations of the workspace I was in. */
  async #self() {
    this.#room.close();
    this.#sidebar.mark(null);
    show(byId("welcome"), false);
    document.title = "Account \u00b7 Switchboard";
    this.#account.open(this.#me);
    if (this.#me.workspaces.length > 0) await this.#enterWorkspace(this.#usual());
  }

  async #open(id, message, wanted) {
    this.#room.close();
    show(byId("welcome"), false);
    const info = await patiently(() => this.#api.conversation(id), wanted);
    if (wanted()) await patiently(() => this.#know(info.workspace), wanted);
    if (!wanted()) return;
    const listed = this.#enterWorkspace(info.workspace);
    this.#sidebar.mark(id);
    const opened = this.#room.open(info, this.#outbox, this.#people);
    this.#room.focus();
    await Promise.all([listed, opened]);
    if (message && wanted()) await this.#room.reveal(message);
  }

  /** A workspace joined since, or beyond those that `me` lists. */
  async #know(id) {
    const { workspaces } = this.#me;
    if (!workspaces.some((workspace) => workspace.id === id)) workspaces.push(await this.#api.workspace(id));
  }

  async #lobby(workspace) {
    this.#room.close();
    this.#sidebar.mark(null);
    document.title = "Switchboard";
    const listed = this.#enterWorkspace(this.#usual(workspace));
    const hint = this.#people.mayWrite ? "Pick one from the list, or start a new one." : "Pick one from the list.";
    this.#welcome("No conversation is open", hint);
    if (document.activeElement === document.body) byId("welcome").querySelector("h1").focus();
    await listed;
  }

  /** The workspace asked for, the present one, the last one, or any: the first of these that is mine. */
  #usual(asked = null) {
    const known = this.#me.workspaces.map(({ id }) => id);
    const wanted = [asked, this.#workspace?.id, localStorage.getItem(LAST)];
    return wanted.find((id) => known.includes(id)) ?? known[0];
  }

  async #enterWorkspace(id) {
    if (this.#workspace?.id === id) return;
    this.#workspace = this.#me.workspaces.find((workspace) => workspace.id === id);
    this.#people = new People(this.#me.user, this.#workspace.role);
    localStorage.setItem(LAST, id);
    this.#sidebar.enter(id);
    this.#chooser();
    this.#people.load(this.#api, id).then(() => this.#room.permit(this.#people));
    const here = () => this.#workspace?.id === id;
    await patiently(() => this.#feed.open(id), here).catch((problem) => this.#sidebar.problem(problem));
    if (here()) await Promise.all([this.#sidebar.load(), this.#meanwhile(id, here)]);
  }

  /** What I may do was read before the log was followed: a change in between is in neither. */
  async #meanwhile(id, here) {
    const now = await patiently(() => this.#api.workspace(id), here).catch(() => null);
    if (here() && now?.role !== this.#workspace.role) await this.#refresh();
  }

  #chooser() {
    const { workspaces } = this.#me;
    const { id: current } = this.#workspace;
    const options = workspaces.map(({ id, name }) => el("option", { value: id, selected: id === current }, name));
    byId("workspace").replaceChildren(...options);
    byId("workspace-name").textContent = this.#workspace.name;
    byId("workspace-role").textContent = this.#workspace.role;
    show(byId("workspace"), workspaces.length > 1);
    show(byId("workspace-name"), workspaces.length === 1);
    this.#sidebar.permit(this.#people.mayWrite);
  }

  #welcome(title, text, ...more) {
    const mark = icon("mark");
    mark.setAttribute("class", "mark mark-large");
    const words = [el("h1", { tabindex: "-1" }, title), el("p", { class: "muted" }, text)];
    byId("welcome").replaceChildren(mark, ...words, ...more);
    show(byId("welcome"));
  }

  #failed(problem) {
    if (!(problem instanceof Problem)) throw problem;
    this.#room.close();
    this.#sidebar.mark(null);
    document.title = "Switchboard";
    const back = el("a", { class: "button", href: "#/" }, "Back to the conversations");
    const request = problem.requestId && el("p", { class: "request-id" }, `Request ${problem.requestId}`);
    const text = problem.status === 404 ? "It was deleted, or it is not yours to see." : problem.words;
    this.#welcome(problem.status === 404 ? "This conversation is not here" : problem.title, text, request ?? "", back);
    byId("welcome").querySelector("h1").focus();
    if (this.#workspace === null) this.#enterWorkspace(this.#me.workspaces[0].id);
  }

  #firstWorkspace() {
    document.body.dataset.view = "thread";
    for (const id of ["create", "workspace", "archived"]) show(byId(id), false);
    const input = el("input", { id: "workspace-title", maxlength: "200", autocomplete: "off" });
    const problem = el("div", { class: "problem", role: "alert" });
    const submit = el("button", { type: "submit", class: "button button-main" }, "Create workspace");
    const label = el("label", { for: "workspace-title" }, "Name");
    const form = el("form", { class: "first" }, label, input, problem, submit);
    const key = newKey();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await this.#api.createWorkspace(input.value.trim(), key);
        show(byId("archived"));
        await this.#refresh();
        if (route.read().conversation) route.go("#/");
        else await this.visit();
      } catch (error) {
        tell(problem, error);
      }
    });
    this.#welcome("You are in no workspace yet", "Ask a colleague to add you to theirs, or make your own.", form);
    input.focus();
  }

  /** Read again who I am: a role changed, a workspace came or went. */
  async #refresh() {
    const me = await patiently(() => this.#api.me(), () => this.#me !== null);
    if (me === null || this.#me === null) return;
    this.#me = me;
    const workspace = me.workspaces.find(({ id }) => id === this.#workspace?.id);
    if (this.#workspace === null) return;
    if (!workspace) {
      this.#workspace = null;
      this.#feed.close();
      await this.visit();
      return;
    }
    this.#workspace = workspace;
    this.#people.role = workspace.role;
    this.#chooser();
    await this.#people.load(this.#api, workspace.id);
    this.#room.permit(this.#people);
  }

  #deleted(id) {
    this.#sidebar.remove(id);
    if (id === route.read().conversation) route.go("#/");
  }

  /** After a stream was ended under us: look whether the conversation is still ours, and open it anew. */
  async #recheck() {
    this.#room.close();
    await pause(RECHECKED_AFTER);
    if (this.#me) await this.visit();
  }

  async #signOut() {
    try {
      await this.#session.signOut();
      this.#outbox.forget();
    } catch (problem) {
      this.#sidebar.problem(problem);
    }
  }

  #leftEverywhere() {
    this.#session.end();
    this.#outbox.forget();
  }

  #connect() {
    addEventListener("hashchange", () => this.#me && this.visit());
    byId("workspace").addEventListener("change", ({ target }) => route.go(route.workspace(target.value)));
    byId("sign-out").addEventListener("click", () => this.#signOut());
    this.#sidebar.addEventListener("created", ({ detail }) => route.go(route.conversation(detail.id)));
    this.#account.addEventListener("left", () => this.#leftEverywhere());
    this.#room.addEventListener("changed", ({ detail }) => this.#sidebar.put(detail));
    this.#room.addEventListener("deleted", ({ detail }) => this.#deleted(detail));
    this.#room.addEventListener("gone", () => this.#recheck());
    this.#feed.addEventListener("conversation", ({ detail }) => this.#sidebar.put(detail));
    this.#feed.addEventListener("deleted", ({ detail }) => this.#sidebar.remove(detail));
    this.#feed.addEventListener("reset", () => this.#sidebar.load());
    this.#feed.addEventListener("members", () => this.#refresh().catch(unlessProblem));
    this.#sidebar.addEventListener("changed", ({ detail }) => this.#room.put(detail));
    this.#socket.addEventListener("lost", () => bar.lost());
    this.#socket.addEventListener("live", () => bar.clear());
  }
}
