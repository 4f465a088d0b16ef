// What a conversation does with a message that comes while another one is being answered, in words that need no manual.

/** @type {{value: string, label: string, text: string}[]} */
export const POLICIES = [
  {
    value: "enqueue",
    label: "Wait their turn",
    text: "A new message waits until those before it are answered.",
  },
  {
    value: "reject",
    label: "Are refused while busy",
    text: "A new message is refused until the one before it is answered.",
  },
  {
    value: "interrupt",
    label: "Take over",
    text: "A new message stops the answer that is being written. What was written so far stays.",
  },
  {
    value: "parallel",
    label: "Are answered at once",
    text: "A new message is answered right away, beside the others.",
  },
];

/** What to say below the composer while something is being answered. */
const WHILE_ANSWERING = {
  enqueue: "",
  reject: "This conversation takes one message at a time.",
  interrupt: "A new message stops the answer that is being written.",
  parallel: "",
};

const REFUSED = {
  conversation_busy:
    "An answer is still on its way, and this conversation takes one message at a time. " +
    "Your text is kept: send it when the answer is there, or stop the answer first.",
  queue_full:
    "So many messages wait here already that no more are taken. " +
    "Your text is kept: send it when one of them has been answered.",
};

export const labelOf = (policy) => POLICIES.find(({ value }) => value === policy)?.label ?? policy;

export const whileAnswering = (policy) => WHILE_ANSWERING[policy] ?? "";

/** Whether a refusal is about the moment, not about the message: the text goes back to where it was written. */
export const isUntimely = (problem) => problem.code in REFUSED;

/** Whether what was refused goes back to where it was written: it may be sent again later, or in other words. */
export const goesBack = (problem) =>
  isUntimely(problem) || problem.code === "message_blocked" || problem.code.startsWith("expert_");

/** @returns {?string} plain words for a refusal that has some */
export const advice = (problem) => REFUSED[problem.code] ?? null;
