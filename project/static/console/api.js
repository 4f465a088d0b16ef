// The endpoints that the console uses, one function each.

const LONGEST_PAGE = 100;
/** The pagination's cursor for "backwards, from the end": the newest messages first, older ones by `previous`. */
const FROM_THE_END = btoa("r=1");

export class Api {
  #session;

  constructor(session) {
    this.#session = session;
  }

  me = () => this.#call("GET", "me");

  page = (url) => this.#call("GET", url);

  createWorkspace = (name, key) => this.#call("POST", "workspaces/", { body: { name }, key });

  workspace = (id) => this.#call("GET", `workspaces/${id}/`);

  members = (workspace) => this.#call("GET", `workspaces/${workspace}/members/?page_size=${LONGEST_PAGE}`);

  conversations = (workspace, archived) =>
    this.#call("GET", `conversations/?${new URLSearchParams({ workspace, archived, page_size: 30 })}`);

  conversation = (id) => this.#call("GET", `conversations/${id}/`);

  createConversation = (workspace, key) =>
    this.#call("POST", "conversations/", { body: { workspace, title: "" }, key });

  changeConversation = (id, fields) => this.#call("PATCH", `conversations/${id}/`, { body: fields });

  deleteConversation = (id) => this.#call("DELETE", `conversations/${id}/`);

  latestMessages = (conversation) =>
    this.#call(
      "GET",
      `conversations/${conversation}/messages/?${new URLSearchParams({ page_size: 50, cursor: FROM_THE_END })}`,
    );

  message = (id) => this.#call("GET", `messages/${id}/`);

  /** @returns {Promise<{message: string, run: string}>} what the server made of it */
  submit = (conversation, { kind, text, metadata = {} }, key) =>
    this.#call("POST", `conversations/${conversation}/messages/`, { body: { kind, text, metadata }, key });

  /** Ask for the end of a run; asked again it answers the same. */
  cancel = (run) => this.#call("POST", `runs/${run}/cancel`, { body: {} });

  /** Answer a message once more, by a new run. */
  retry = (message, key) => this.#call("POST", `messages/${message}/retry`, { body: {}, key });

  /** The cursor of a stream's newest event. @param {string} topic e.g. `conversations/<id>` */
  head = async (topic) => (await this.#call("GET", `${topic}/events/?page_size=1`)).head;

  events = (conversation, after, size = LONGEST_PAGE) =>
    this.#call("GET", `conversations/${conversation}/events/?${new URLSearchParams({ after, page_size: size })}`);

  /** @param {string[]} types the events of these alone */
  eventsOf = (conversation, types, after) => {
    const place = after === null ? {} : { after };
    const query = new URLSearchParams({ ...place, types: types.join(","), page_size: LONGEST_PAGE });
    return this.#call("GET", `conversations/${conversation}/events/?${query}`);
  };

  openDelegations = (conversation) =>
    this.#call("GET", `conversations/${conversation}/delegations/?${new URLSearchParams({ state: "open", page_size: LONGEST_PAGE })}`);

  delegation = (id) => this.#call("GET", `delegations/${id}/`);

  experts = (workspace) => this.#call("GET", `experts/?${new URLSearchParams({ workspace, page_size: LONGEST_PAGE })}`);

  /** Answer what an expert asks. Of two answers the first one holds. */
  answer = (delegation, answer) => this.#call("POST", `delegations/${delegation}/input`, { body: { answer } });

  cancelDelegation = (delegation) => this.#call("POST", `delegations/${delegation}/cancel`, { body: {} });

  /** What the answer to the next message would know. */
  context = (conversation) => this.#call("GET", `conversations/${conversation}/context/`);

  /** @param {{pin?: object[], unpin?: string[]}} fields a pin names a `message`, or has a `text` */
  changeContext = (conversation, fields) =>
    this.#call("PATCH", `conversations/${conversation}/context/`, { body: fields });

  changeEntity = (conversation, id, fields) =>
    this.#call("PATCH", `conversations/${conversation}/entities/${id}/`, { body: fields });

  forgetEntity = (conversation, id) => this.#call("DELETE", `conversations/${conversation}/entities/${id}/`);

  sessions = () => this.#call("GET", "auth/sessions");

  endSession = (id) => this.#call("DELETE", `auth/sessions/${id}`);

  signOutEverywhere = () => this.#call("POST", "auth/logout-all", { body: {} });

  keys = () => this.#call("GET", "auth/keys");

  /** @returns {Promise<{id: string, key: string}>} the key itself is in this answer and in no other */
  createKey = (fields) => this.#call("POST", "auth/keys", { body: fields });

  revokeKey = (id) => this.#call("DELETE", `auth/keys/${id}`);

  /** Give the password once more: some requests take one that was given minutes ago. */
  confirm = (password) => this.#call("POST", "auth/fresh", { body: { password } });

  changePassword = (current, chosen) => this.#call("POST", "auth/password", { body: { current, new: chosen } });

  #call(method, path, options) {
    return this.#session.call(method, path, options);
  }
}
