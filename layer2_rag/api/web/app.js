// What the page offers to its panels: places to put things, and moments to take part in.
import * as api from "./page/api.js";
import { find } from "./page/dom.js";
import { Drawer } from "./page/drawer.js";
import { localHistory } from "./chat/history.js";
import { Service } from "./page/service.js";
import { Shortcuts } from "./page/shortcuts.js";
import { Welcome } from "./chat/welcome.js";

/**
 * @typedef {object} Message  One message of the conversation. A panel may keep fields of its own on it.
 * @property {"user"|"assistant"} role
 * @property {string} content
 * @property {"streaming"|"done"|"stopped"|"failed"} [state]  of an assistant's message
 * @property {string} [phase]  what it is waiting for, while it is empty
 * @property {object} [answer]  all that the `done` event said, but the text
 * @property {{detail: string, code: string, requestId: string}} [problem]  why it failed
 */
export class App {
  /** Requests: `request`, `getJson`, `postJson`, `withKey`, `Problem`, … */
  api = api;
  /** How the service is: `health`, `models`, `onChange(listener)`, `onReturn(listener)`, `refresh()`. */
  service = new Service(api);
  /** Keys: `add(key, words, act)`. */
  shortcuts = new Shortcuts();
  /** Side view for details: `open(title, nodes)`, `close()`. */
  drawer = new Drawer(find("drawer"));
  /** What an empty conversation shows: `note(node)`, `suggest(questions)`. */
  welcome = new Welcome(find("welcome"), (question) => this.chat.ask(question));
  /** Where panels put sections (sidebar, its foot) and small controls (below the question). */
  places = { panels: find("panels"), foot: find("foot"), tools: find("tools") };
  /** Where the conversation is kept: `load()` → messages, `save(messages)`. A panel may put another one here. */
  history = localHistory;
  /** The conversation: `messages`, `ask(text)`, `stop()`, `show(messages)`, `expect(promise)`, `clear()`; set later. */
  chat = null;
  /** Close the sidebar where it lies over the conversation; set when it exists. */
  closeSidebar = null;

  #fields = [];
  #handlers = new Map();
  #decorators = [];
  #footers = [];

  /** Add fields to every question: `fields(messages)` → object, merged into the request's body in this order. */
  onAsk(fields) {
    this.#fields.push(fields);
  }

  /** Take part in a stream: `handle(data, message)` for every event of that name. */
  onEvent(name, handle) {
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handle]);
  }

  /** Rework each rendered block of an answer: `decorate(element, message)`. */
  onBlock(decorate) {
    this.#decorators.push(decorate);
  }

  /** Put something below a finished answer: `footer(message)` → node or null. */
  onFinish(footer) {
    this.#footers.push(footer);
  }

  requestFields(messages) {
    return Object.assign({}, ...this.#fields.map((fields) => fields(messages)));
  }

  handle(name, data, message) {
    for (const handle of this.#handlers.get(name) ?? []) handle(data, message);
  }

  decorate(element, message) {
    for (const decorate of this.#decorators) decorate(element, message);
  }

  footers(message) {
    return this.#footers.map((footer) => footer(message)).filter(Boolean);
  }
}
