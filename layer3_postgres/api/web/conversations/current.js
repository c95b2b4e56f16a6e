// The conversation on the page: which one it is stands in the page's address, and so a reload comes back to it.
import { button, find, h } from "../page/dom.js";
import { completed, forget, remember } from "./unfinished.js";

const MESSAGES = 100; // at first; those before come when they are asked for
const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const GONE = "This conversation has been deleted.";
const DELETED = "This document has been deleted.";

export class Current {
  /** The id of the conversation on the page; null while it has not begun. */
  id = null;
  #app;
  #store;
  #notice = h("div", { class: "conversation-notice" });
  #title = "";
  #asked = 0;

  constructor(app, store) {
    this.#app = app;
    this.#store = store;
    find("messages").before(this.#notice);
    store.onChange(() => this.#entitle());
    addEventListener("popstate", () => idInAddress() !== this.id && this.open(idInAddress(), false));
  }

  /** The messages of the conversation that the address names: what the page begins with. */
  async load() {
    this.id = idInAddress();
    return this.#wanted(this.id, false);
  }

  /** Called with all messages when one was asked or answered, and with none when a new conversation begins. */
  async save(messages) {
    if (!messages.length || !this.id) this.#notice.replaceChildren();
    if (messages.length) return remember(this.id, messages);
    forget(null);
    this.#asked += 1; // what is still being read is not wanted any more
    this.#enter(null, this.id !== null);
  }

  /** Show a conversation (null: the one that has not begun); `push`: as a step that the browser can go back from. */
  async open(id, push = true) {
    await this.#app.chat.expect(this.#wanted(id, push));
  }

  /** What a question says of the conversation that it belongs to. */
  fields(messages) {
    if (!this.id) return {};
    const replaces = messages.at(-1).answeredBy;
    return { conversation_id: this.id, history: [], ...(replaces && { replaces }) };
  }

  /** An answer is complete. */
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

  /** The conversation is not there any more; what is asked next begins another. */
  lost() {
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

  #entitle() {
    this.#title = this.#store.find(this.id)?.title ?? (this.id ? this.#title : "");
    document.title = this.#title ? `${this.#title} · MyStack` : "MyStack";
  }

  /** The messages of a conversation, which becomes the one on the page unless another was wanted since. */
  async #wanted(id, push) {
    const asked = ++this.#asked;
    const found = await this.#found(id);
    return asked === this.#asked ? this.#take(found, push) : [];
  }

  /** A conversation as the service has it: `{ id, title, messages, notice }`; what goes wrong is said in the notice. */
  async #found(id) {
    if (!id) return { id, title: "", messages: completed(id, []), notice: [] };
    try {
      const { title, messages, next_cursor } = await this.#read(id);
      return { id, title, messages: completed(id, messages), notice: this.#earlier(id, next_cursor) };
    } catch (error) {
      if (!(error instanceof this.#app.api.Problem)) throw error;
      const nothing = { title: "", messages: [] };
      if (error.code !== "conversation_not_found") return { ...nothing, id, notice: [this.#failed(id, error)] };
      this.#store.forget(id);
      return { ...nothing, id: null, notice: [h("p", { class: "hint", role: "alert" }, GONE)] };
    }
  }

  /** Make it the one on the page; gives its messages. */
  #take({ id, title, messages, notice }, push) {
    this.#title = title;
    this.#notice.replaceChildren(...notice);
    this.#enter(id, push);
    return messages;
  }

  async #read(id, cursor = "") {
    const body = await this.#app.api.getJson(`conversations/${id}?limit=${MESSAGES}${cursor}`);
    return { ...body, messages: body.messages.map((kept, index) => shown(kept, body.messages[index + 1])) };
  }

  #failed(id, error) {
    const again = button({ onclick: () => this.open(id, false) }, "Try again");
    return h("div", { class: "problem", role: "alert" }, h("p", {}, error.message), again);
  }

  /** A button that brings the messages before, if there are any. */
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

/** A message as the page has it; `next` is the one behind it. */
function shown({ id, role, content, answer, sources }, next) {
  if (role === "user") return { role, content, answeredBy: next?.id };
  const resolved = sources.map((source) => (source.deleted ? { ...source, quote: DELETED } : source));
  return { role, content, state: "done", answer: { ...answer, message_id: id, sources: resolved } };
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
