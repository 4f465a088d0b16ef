// What an expert asks, as a form made from the JSON Schema of its question.

import { el } from "./dom.js";
import { field, typeOf, Unreadable } from "./fields.js";
import { Problem, tell } from "./problem.js";

const MOST_FIELDS = 20;
const DONE = "done"; // what is answered where there was only something to be done

export class QuestionForm {
  #fields;
  #problem = el("div", { class: "problem", role: "alert" });
  #button;
  #send;

  /**
   * @param {Delegation} delegation that asks
   * @param {object} actions `answer` sends one, `known` reads what the conversation knows of it
   */
  constructor({ id, asked }, { answer, known }) {
    this.#send = (value) => answer(id, value);
    this.#fields = asked.schema === null ? [] : fieldsOf(`ask-${id}`, asked.schema);
    if (asked.known.length) known(id).then((values) => this.#fill(values));
    const label = asked.schema === null ? "Done" : "Answer";
    this.#button = el("button", { type: "submit", class: "button button-main", "data-focus": "answer" }, label);
    const attributes = { class: "task-form", novalidate: true, "aria-labelledby": `prompt-${id}` };
    const nodes = this.#fields.map(({ node }) => node);
    this.node = el("form", attributes, ...nodes, this.#problem, this.#button);
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** What somebody has written meanwhile stays. */
  #fill(values) {
    for (const one of this.#fields) if (one.name in values && one.isEmpty()) one.fill(values[one.name]);
  }

  async #submit() {
    if (this.#button.getAttribute("aria-disabled") === "true") return;
    tell(this.#problem, null);
    const answer = this.#fields.length ? this.#read() : { value: DONE };
    if (answer === null) return;
    this.#button.setAttribute("aria-disabled", "true"); // disabled, it would lose the focus
    try {
      await this.#send(answer.value);
    } catch (problem) {
      this.#refused(problem);
    } finally {
      this.#button.removeAttribute("aria-disabled");
    }
  }

  /** @returns {?{value: any}} null when a field holds nothing that could be sent; it says why, and has the focus */
  #read() {
    const values = {};
    const wrong = [];
    for (const one of this.#fields) {
      one.tell("");
      try {
        const value = one.read();
        if (value !== undefined) values[one.name] = value;
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        one.tell(error.message);
        wrong.push(one);
      }
    }
    wrong[0]?.focus();
    if (wrong.length) return null;
    return { value: this.#fields[0].name === "" ? values[""] : values };
  }

  /** What the server says of a field stands at the field, the rest below them. */
  #refused(problem) {
    if (!(problem instanceof Problem)) throw problem;
    const placed = problem.errors.map((error) => [this.#fieldAt(error.pointer), error]);
    for (const [its, { detail }] of placed) its?.tell(detail);
    placed.find(([its]) => its)?.[0].focus();
    if (placed.length === 0 || placed.some(([its]) => !its)) tell(this.#problem, problem);
  }

  #fieldAt(pointer) {
    const name = (pointer ?? "").replace(/^\/answer(?=\/|$)/, "").split("/")[1] ?? "";
    const plain = name.replaceAll("~1", "/").replaceAll("~0", "~");
    return this.#fields.find((one) => one.name === plain || one.name === "") ?? null;
  }
}

function fieldsOf(id, schema) {
  const names = Object.keys(schema.properties ?? {});
  const isObject = typeOf(schema) === "object" || (schema.type === undefined && names.length > 0);
  if (!isObject || names.length === 0 || names.length > MOST_FIELDS) {
    return [field(`${id}-0`, "", schema, true)];
  }
  const needed = new Set(schema.required ?? []);
  return names.map((name, index) =>
    field(`${id}-${index}`, name, plain(schema.properties[name]), needed.has(name)),
  );
}

/** A schema may also be `true`: anything. */
function plain(schema) {
  return typeof schema === "object" && schema !== null ? schema : {};
}
