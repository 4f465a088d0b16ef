// Where the reader is, kept in the URL's hash so that reload and the back button work.

const ID = "[0-9a-f-]{36}";
const CONVERSATION = new RegExp(`^#/c/(${ID})(?:/(${ID}))?$`);
const ACCOUNT = "#/account";
const WORKSPACE = new RegExp(`^#/w/(${ID})$`);

export const route = {
  /** @returns {{conversation: ?string, message: ?string, workspace: ?string, account: boolean}} */
  read(hash = location.hash) {
    const [, conversation = null, message = null] = CONVERSATION.exec(hash) ?? [];
    const [, workspace = null] = WORKSPACE.exec(hash) ?? [];
    return { conversation, message, workspace, account: hash === ACCOUNT };
  },

  conversation: (id, message) => (message ? `#/c/${id}/${message}` : `#/c/${id}`),

  workspace: (id) => `#/w/${id}`,

  go(hash) {
    location.hash = hash;
  },
};
