// "Devices": where I am signed in. What is ended there is out at once, with whatever it has open.

import { clock } from "./clock.js";
import { deviceName } from "./devicename.js";
import { ask } from "./dialog.js";
import { arrange, el } from "./dom.js";
import { announce, chip, entry, Pages, Panel } from "./panel.js";

const TITLE = "Devices";
const TEXT = "Where you are signed in. Sign out of what you do not know, and change your password then.";

export class Devices {
  #api;
  #left;
  #panel = new Panel("devices-title", TITLE, TEXT);
  #list = el("ul", { class: "entries", "aria-labelledby": "devices-title" });
  #pages;

  /** @param {() => void} left called once everything is signed out, this device too */
  constructor(api, left) {
    this.#api = api;
    this.#left = left;
    this.#pages = new Pages(api.page);
    this.#pages.more.addEventListener("click", () => this.#show(() => this.#pages.follow()));
    const everywhere = el("button", { type: "button", class: "button" }, "Sign out everywhere");
    everywhere.addEventListener("click", () => this.#everywhere());
    this.#panel.node.append(this.#list, el("div", { class: "panel-actions" }, this.#pages.more, everywhere));
  }

  get node() {
    return this.#panel.node;
  }

  load() {
    return this.#show(() => this.#pages.begin(this.#api.sessions));
  }

  async #show(work) {
    await this.#panel.guard(work);
    const devices = this.#pages.rows.filter(({ kind }) => kind !== "key"); // those have a list of their own
    devices.sort((one, other) => Number(other.current) - Number(one.current)); // else as they came, newest first
    arrange(this.#list, devices.map((device) => this.#row(device)));
  }

  #row(device) {
    const name = deviceName(device);
    const chips = [device.current && chip("This device", "private"), device.kind === "admin" && chip("Staff admin")];
    const used = device.current ? "In use now" : `Last used ${clock.ago(device.last_used_at)}`;
    const said = [used, `Signed in ${clock.date(device.created_at)}`, device.address].filter(Boolean);
    const row = entry(name, chips, said, !device.current && this.#ending(device, name));
    row.title = device.user_agent;
    return row;
  }

  #ending(device, name) {
    const label = `Sign out of ${name}`;
    const end = el("button", { type: "button", class: "button button-small", "aria-label": label }, "Sign out");
    end.addEventListener("click", () => this.#end(device, name));
    return end;
  }

  async #end(device, name) {
    const text = "Whatever it has open ends at once, and it takes the password to come back.";
    const question = { title: `Sign out of ${name}?`, text, ok: "Sign out", danger: true };
    if (!(await ask(question, () => this.#carryOut(device.id)))) return;
    announce(`${name} is signed out.`);
    await this.load();
    this.#panel.heading.focus(); // the button that had it is gone
  }

  /** One that has ended by itself meanwhile is what was wanted. */
  async #carryOut(id) {
    try {
      await this.#api.endSession(id);
    } catch (problem) {
      if (problem.status !== 404) throw problem;
    }
  }

  async #everywhere() {
    const text = "All your devices are signed out, this one too. API keys go on.";
    const question = { title: "Sign out everywhere?", text, ok: "Sign out everywhere", danger: true };
    if (await ask(question, () => this.#api.signOutEverywhere())) this.#left();
  }
}
