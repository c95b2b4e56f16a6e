// Panel: keys. One key does one thing while nothing is being written; `?` shows them all, and lets them be turned off.
import { button, find, h } from "./dom.js";

const NAME = "mystack.keys";
const WRITTEN = "input, textarea, select, [contenteditable]";
const ALWAYS = [
  [["Enter"], "Send the question"],
  [["Shift", "Enter"], "Begin a new line"],
  [["↑"], "In an empty question: bring the last one back"],
  [["Esc"], "Stop the answer, close what is open, or leave the question"],
];

/** @param {import("../app.js").App} app */
export function mount(app) {
  const last = (selector) => [...document.querySelectorAll(`#messages ${selector}`)].at(-1);
  app.shortcuts.add("?", "Show this list", () => open(app.shortcuts));
  app.shortcuts.add("/", "Write a question", () => find("question").focus());
  app.shortcuts.add("n", "Begin a new chat", () => find("new-chat").click());
  app.shortcuts.add("c", "Copy the last answer", () => last(".copy")?.click());
  app.shortcuts.add("r", "Ask the last question again", () => last(".again")?.click());
  app.shortcuts.add("s", "Show how the service is", () => find("status").click());
  const show = button({ id: "keys", class: "quiet", onclick: () => open(app.shortcuts) }, "Keyboard shortcuts");
  app.places.foot.append(show);
}

/** The keys that panels have asked for. */
export class Shortcuts {
  #acts = new Map(); // by key: what to say of it, what to do

  constructor() {
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** Have `act(key)` done when `key` is pressed; a range such as "1-9" stands for each of its keys. */
  add(key, words, act) {
    this.#acts.set(key, { words, act });
  }

  get list() {
    return [...this.#acts].map(([key, { words }]) => [key.length > 1 ? key.split("-") : [key], words, key.length > 1]);
  }

  get on() {
    return localStorage.getItem(NAME) !== "off";
  }

  set on(on) {
    localStorage.setItem(NAME, on ? "on" : "off");
  }

  #pressed(event) {
    const { key, target } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!this.on || target.closest?.(WRITTEN) || document.querySelector("dialog:modal")) return;
    const found = this.#acts.get(key) ?? this.#acts.get(/^[1-9]$/.test(key) ? "1-9" : "");
    if (!found) return;
    event.preventDefault();
    found.act(key);
  }
}

function open(shortcuts) {
  const on = h("input", { type: "checkbox", id: "keys-on", checked: shortcuts.on });
  on.addEventListener("change", () => (shortcuts.on = on.checked));
  const rows = [...ALWAYS, ...shortcuts.list].map(([keys, words, range]) =>
    h("div", {}, h("dt", {}, ...caps(keys, range)), h("dd", {}, words)));
  const dialog = h(
    "dialog",
    { class: "box keys", "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title", tabindex: -1, autofocus: true }, "Keyboard shortcuts"),
    h("dl", {}, ...rows),
    h("label", { class: "switch", for: "keys-on" }, on, "Single keys work while no text is being written"),
    h("div", { class: "actions" }, button({ onclick: () => dialog.close() }, "Close")),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function caps(keys, range) {
  const [first, ...others] = keys.map((key) => h("kbd", {}, key.length === 1 ? key.toUpperCase() : key));
  return [first, ...others.flatMap((other) => [range ? "–" : " + ", other])];
}
