// The conversation on the page. Its id is in the page's address, so a reload restores it.
import { button, find, h } from "../page/dom.js";
import { completed, forget, remember } from "./unfinished.js";

const PAGE = 100; // messages; earlier ones are loaded on demand
const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const DELETED = "This conversation has been deleted.";
const DOCUMENT_DELETED = "This document has been deleted.";

export class Current {
  /** The id of the conversation on the page; null for a new one. */
  id = null;
  #app;
  #store;
  #notice = h("div", { class: "conversation-notice" });
  #title = "";
  #requests = 0;

  constructor(app, store) {
    this.#app = app;
    this.#store = store;
    find("messages").before(this.#notice);
    store.onChange(() => this.#updateTitle());
    addEventListener("popstate", () => idInAddress() !== this.id && this.open(idInAddress(), false));
  }

  /** The messages of the conversation in the address, for the start of the page. */
  async load() {
    this.id = idInAddress();
    return this.#load(this.id, false);
  }

  /** Called with all messages after a question or an answer, and with none when a new conversation starts. */
  async save(messages) {
    if (!messages.length || !this.id) this.#notice.replaceChildren();
    if (messages.length) return remember(this.id, messages);
    forget(null);
    this.#requests += 1; // discards responses that are still to come
    this.#enter(null, this.id !== null);
  }

  /** Show a conversation (null: a new one); `push` adds an entry to the browser's history. */
  async open(id, push = true) {
    await this.#app.chat.showWhenLoaded(this.#load(id, push));
  }

  /** The fields of a question that name its conversation. */
  fields(messages) {
    if (!this.id) return {};
    const replaces = messages.at(-1).answeredBy;
    return { conversation_id: this.id, history: [], ...(replaces && { replaces }) };
  }

  /** Handle the `done` event of an answer. */
  answered({ conversation_id, message_id }, message) {
    const { messages } = this.#app.chat;
    const question = messages[messages.indexOf(message) - 1];
    if (message_id && question) question.answeredBy = message_id;
    if (conversation_id !== this.id) {
      forget(this.id);
      this.#enter(conversation_id, false);
    }
    this.#store.load();
  }

  /** The conversation no longer exists; the next question starts a new one. */
  wasDeleted() {
    this.#store.forget(this.id);
    this.#enter(null, false);
  }

  #enter(id, push) {
    this.id = id;
    const url = addressOf(id);
    if (push) history.pushState(null, "", url);
    else if (url !== location.href) history.replaceState(null, "", url);
    this.#store.changed();
  }

  #updateTitle() {
    this.#title = this.#store.find(this.id)?.title ?? (this.id ? this.#title : "");
    document.title = this.#title ? `${this.#title} · MyStack` : "MyStack";
  }

  /** Load a conversation and make it the one on the page, unless a newer request replaced this one; its messages. */
  async #load(id, push) {
    const request = ++this.#requests;
    const fetched = await this.#fetch(id);
    return request === this.#requests ? this.#enterLoaded(fetched, push) : [];
  }

  /** A conversation from the service as `{ id, title, messages, notice }`; the notice shows an error. */
  async #fetch(id) {
    if (!id) return { id, title: "", messages: completed(id, []), notice: [] };
    try {
      const { title, messages, next_cursor } = await this.#read(id);
      return { id, title, messages: completed(id, messages), notice: this.#earlier(id, next_cursor) };
    } catch (error) {
      if (!(error instanceof this.#app.api.Problem)) throw error;
      const nothing = { title: "", messages: [] };
      if (error.code !== "conversation_not_found") return { ...nothing, id, notice: [this.#failed(id, error)] };
      this.#store.forget(id);
      return { ...nothing, id: null, notice: [h("p", { class: "hint", role: "alert" }, DELETED)] };
    }
  }

  /** Make it the one on the page; returns its messages. */
  #enterLoaded({ id, title, messages, notice }, push) {
    this.#title = title;
    this.#notice.replaceChildren(...notice);
    this.#enter(id, push);
    return messages;
  }

  async #read(id, cursor = "") {
    const body = await this.#app.api.getJson(`conversations/${id}?limit=${PAGE}${cursor}`);
    return { ...body, messages: body.messages.map((stored, index) => messageFrom(stored, body.messages[index + 1])) };
  }

  #failed(id, error) {
    const again = button({ onclick: () => this.open(id, false) }, "Try again");
    return h("div", { class: "problem", role: "alert" }, h("p", {}, error.message), again);
  }

  /** A button that loads earlier messages, if there are any. */
  #earlier(id, cursor) {
    if (!cursor) return [];
    const extend = () => this.#extend(id, cursor, more);
    const more = button({ class: "quiet small", onclick: extend }, "Show earlier messages");
    return [more];
  }

  async #extend(id, cursor, more) {
    more.disabled = true;
    try {
      const { messages, next_cursor } = await this.#read(id, `&cursor=${encodeURIComponent(cursor)}`);
      const { chat } = this.#app;
      if (id !== this.id || chat.messages.at(-1)?.state === "streaming") return;
      const scroll = find("scroll");
      const toEnd = scroll.scrollHeight - scroll.scrollTop;
      chat.show([...messages, ...chat.messages]);
      this.#notice.replaceChildren(...this.#earlier(id, next_cursor));
      scroll.scrollTop = scroll.scrollHeight - toEnd;
    } catch (error) {
      if (!(error instanceof this.#app.api.Problem)) throw error;
      this.#notice.append(h("p", { class: "problem", role: "alert" }, error.message));
    } finally {
      more.disabled = false;
    }
  }
}

/** The page's form of a stored message, which keeps its further fields; `next` is the message after it. */
function messageFrom({ id, role, content, answer, sources, ...further }, next) {
  if (role === "user") return { role, content, answeredBy: next?.id };
  const resolved = sources.map((source) => (source.deleted ? { ...source, quote: DOCUMENT_DELETED } : source));
  return { ...further, role, content, state: "done", answer: { ...answer, message_id: id, sources: resolved } };
}

function idInAddress() {
  const id = new URLSearchParams(location.search).get("conversation");
  return id && ID.test(id) ? id.toLowerCase() : null;
}

function addressOf(id) {
  const url = new URL(location.href);
  url.hash = "";
  if (id) url.searchParams.set("conversation", id);
  else url.searchParams.delete("conversation");
  return url.href;
}
