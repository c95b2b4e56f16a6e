// The interface between the page and its panels: slots for their elements, and hooks for the steps of an answer.
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
 * @property {string} [phase]  the current step, shown while the answer is empty
 * @property {object} [answer]  the `done` event without its text
 * @property {{detail: string, code: string, requestId: string}} [problem]  the error of a failed answer
 */
export class App {
  /** Requests: `request`, `getJson`, `postJson`, `withKey`, `Problem`, … */
  api = api;
  /** The service's status: `health`, `models`, `onChange(listener)`, `onReturn(listener)`, `refresh()`. */
  service = new Service(api);
  /** Keyboard shortcuts: `add(key, description, action)`. */
  shortcuts = new Shortcuts();
  /** Side view for details: `open(title, nodes)`, `close()`. */
  drawer = new Drawer(find("drawer"));
  /** The start page of an empty conversation: `note(node)`, `suggest(questions)`. */
  welcome = new Welcome(find("welcome"), (question) => this.chat.ask(question));
  /** Containers for the panels' elements: sections of the sidebar, its footer, controls below the question. */
  slots = { panels: find("panels"), foot: find("foot"), tools: find("tools") };
  /** Storage of the conversation: `load()` → messages, `save(messages)`. A panel may replace it. */
  history = localHistory;
  /** The conversation: `messages`, `ask(text)`, `stop()`, `show(messages)`, `showWhenLoaded(promise)`, `clear()`. */
  chat = null;
  /** Closes the sidebar where it covers the conversation. */
  closeSidebar = null;

  #fields = [];
  #handlers = new Map();
  #decorators = [];
  #footers = [];

  /** Add fields to each question: `fields(messages)` → object, merged into the request body; later panels win. */
  onAsk(fields) {
    this.#fields.push(fields);
  }

  /** Handle the stream's events of that name: `handle(data, message)`. */
  onEvent(name, handle) {
    this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handle]);
  }

  /** Change or replace each block of an answer: `decorate(element, message, { start, end })`, its part of the text. */
  onBlock(decorate) {
    this.#decorators.push(decorate);
  }

  /** Add a footer to finished answers: `footer(message)` → node or null. */
  onFinish(footer) {
    this.#footers.push(footer);
  }

  requestFields(messages) {
    return Object.assign({}, ...this.#fields.map((fields) => fields(messages)));
  }

  handle(name, data, message) {
    for (const handle of this.#handlers.get(name) ?? []) handle(data, message);
  }

  decorate(element, message, part) {
    for (const decorate of this.#decorators) decorate(element, message, part);
  }

  footers(message) {
    return this.#footers.map((footer) => footer(message)).filter(Boolean);
  }
}
