// Panel: keyboard shortcuts, active outside text fields; `?` lists them, and the list has a switch to turn them off.
import { button, find, h } from "./dom.js";

const STORAGE_KEY = "mystack.keys";
const TEXT_FIELDS = "input, textarea, select, [contenteditable]";
const ALWAYS = [
  [["Enter"], "Send the question"],
  [["Shift", "Enter"], "Start a new line"],
  [["↑"], "Recall the last question, when the field is empty"],
  [["Esc"], "Stop the answer, close the dialog, or leave the text field"],
];

/** @param {import("../app.js").App} app */
export function mount(app) {
  const last = (selector) => [...document.querySelectorAll(`#messages ${selector}`)].at(-1);
  app.shortcuts.add("?", "Show this list", () => open(app.shortcuts));
  app.shortcuts.add("/", "Write a question", () => find("question").focus());
  app.shortcuts.add("n", "Start a new chat", () => find("new-chat").click());
  app.shortcuts.add("c", "Copy the last answer", () => last(".copy")?.click());
  app.shortcuts.add("r", "Ask the last question again", () => last(".again")?.click());
  app.shortcuts.add("s", "Show the service’s status", () => find("status").click());
  const show = button({ id: "keys", class: "quiet", onclick: () => open(app.shortcuts) }, "Keyboard shortcuts");
  app.slots.foot.append(show);
}

/** The shortcuts that panels have added. */
export class Shortcuts {
  #shortcuts = new Map(); // by key: description and action

  constructor() {
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** Call `action(key)` when `key` is pressed; a range such as "1-9" covers each of its keys. */
  add(key, description, action) {
    this.#shortcuts.set(key, { description, action });
  }

  get list() {
    return [...this.#shortcuts].map(([key, { description }]) => {
      const range = key.length > 1;
      return [range ? key.split("-") : [key], description, range];
    });
  }

  get on() {
    return localStorage.getItem(STORAGE_KEY) !== "off";
  }

  set on(on) {
    localStorage.setItem(STORAGE_KEY, on ? "on" : "off");
  }

  #pressed(event) {
    const { key, target } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!this.on || target.closest?.(TEXT_FIELDS) || document.querySelector("dialog:modal")) return;
    const found = this.#shortcuts.get(key) ?? this.#shortcuts.get(/^[1-9]$/.test(key) ? "1-9" : "");
    if (!found) return;
    event.preventDefault();
    found.action(key);
  }
}

function open(shortcuts) {
  const on = h("input", { type: "checkbox", id: "keys-on", checked: shortcuts.on });
  on.addEventListener("change", () => (shortcuts.on = on.checked));
  const rows = [...ALWAYS, ...shortcuts.list].map(([keys, description, range]) =>
    h("div", {}, h("dt", {}, ...caps(keys, range)), h("dd", {}, description)));
  const dialog = h(
    "dialog",
    { class: "box keys", "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title", tabindex: -1, autofocus: true }, "Keyboard shortcuts"),
    h("dl", {}, ...rows),
    h("label", { class: "switch", for: "keys-on" }, on, "Enable single-key shortcuts outside text fields"),
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
