// The choice of what a conversation does with messages that come while another one is being answered.

import { POLICIES } from "./advice.js";
import { ask } from "./dialog.js";

/** @param {string} policy the present one @param {(policy: string) => Promise<any>} choose */
export function choosePolicy(policy, choose) {
  const text = "What happens to a message that comes while another one is being answered?";
  ask({ title: "New messages", text, choices: POLICIES, value: policy, ok: "Save" }, choose);
}
