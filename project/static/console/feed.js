// The log of a workspace: conversations that come, change and go, members that change. Emits `conversation` (detail:
// its fields), `deleted` (detail: its id), `members`, and `reset` when all must be read anew.

const CHANGES = new Set(["conversation.created", "conversation.updated", "conversation.archived"]);

export class Feed extends EventTarget {
  #api;
  #socket;
  #workspace = null;
  #position = null;

  constructor(api, socket) {
    super();
    this.#api = api;
    this.#socket = socket;
  }

  /** Follow a workspace from now on: read its lists after this. */
  async open(workspace) {
    this.close();
    this.#workspace = workspace;
    const head = await this.#api.head(`workspaces/${workspace}`);
    if (this.#workspace !== workspace) return;
    this.#position = head;
    this.#socket.follow(`workspace:${workspace}`, this);
  }

  close() {
    if (this.#workspace) this.#socket.unfollow(`workspace:${this.#workspace}`);
    this.#workspace = null;
  }

  cursor() {
    return this.#position;
  }

  refused() {
    this.#tell("members");
  }

  receive({ type, id, time, data }) {
    if (type === "stream.reset") this.#tell("reset");
    else if (type === "stream.end" || type.startsWith("member.")) this.#tell("members");
    else if (type === "conversation.deleted") this.#tell("deleted", data.conversation.id);
    else if (type === "conversation.created") this.#tell("conversation", { created_at: time, ...data.conversation });
    else if (CHANGES.has(type)) this.#tell("conversation", data.conversation);
    if (id) this.#position = id;
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
