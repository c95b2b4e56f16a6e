// The conversation: asks questions, streams answers, and stores the messages.
import { Problem, postJson } from "../page/api.js";
import { Composer } from "./composer.js";
import { find, h, icon } from "../page/dom.js";
import { Follow } from "./follow.js";
import { MessageView } from "./message.js";
import { interrupted, serverEvents } from "./sse.js";

const LOADING_DELAY = 200; // ms; a conversation that arrives sooner needs no loading message
const HISTORY_MESSAGES = 40; // sent with a question; the service trims them further to the model's context window
const MAX_CHARACTERS = 100_000; // of one message in the history: the service's limit

export class Chat {
  messages = [];
  #app;
  #composer;
  #log = find("messages");
  #follow = new Follow(find("scroll"), find("to-end"));
  #running = null;
  #loading = null;

  constructor(app) {
    this.#app = app;
    const last = () => this.messages.findLast(({ role }) => role === "user")?.content;
    this.#composer = new Composer((text) => this.ask(text), () => this.stop(), last);
    find("to-end").append(icon("down"));
  }

  /** Show the messages when the promise resolves; questions wait until then. A newer call replaces an older one. */
  async showWhenLoaded(messages) {
    const loading = messages.then((loaded) => this.#loading === loading && this.show(loaded));
    this.#loading = loading;
    const timer = setTimeout(() => this.#loading === loading && this.#showLoading(), LOADING_DELAY);
    await loading.finally(() => clearTimeout(timer));
  }

  /** Replace the conversation on the page. An answer that was stored while it streamed counts as stopped. */
  show(messages) {
    this.stop();
    this.messages = messages;
    for (const message of messages) if (message.state === "streaming") message.state = "stopped";
    this.#log.replaceChildren(...messages.map((message) => this.#view(message).element));
    this.#changed();
    this.#follow.toEnd();
  }

  /** Start a new conversation. */
  clear() {
    this.#loading = null;
    this.show([]);
    this.#app.history.save([]);
    this.#composer.focus();
  }

  /** Ask a question; resolves when its answer has ended, completely or not. */
  async ask(text) {
    await this.#loading;
    if (this.#running) return;
    const question = { role: "user", content: text };
    this.messages.push(question);
    this.#log.append(this.#view(question).element);
    await this.#answer();
  }

  /** Ask the last question again, in place of its answer. */
  async retry() {
    if (this.#running) return;
    this.messages.pop();
    this.#log.lastElementChild.remove();
    await this.#answer();
  }

  /** Stop the current answer, and keep the text received so far. */
  stop() {
    this.#running?.abort();
  }

  async #answer() {
    const body = { ...this.#question(), ...this.#app.requestFields(this.messages) };
    const message = { role: "assistant", content: "", state: "streaming" };
    const view = this.#view(message);
    const messages = this.messages;
    messages.push(message);
    this.#log.append(view.element);
    this.#running = new AbortController();
    this.#changed();
    this.#follow.toEnd();
    await this.#app.history.save(messages);
    try {
      await this.#stream(body, message, view);
      message.state = "done";
    } catch (error) {
      recordEnd(message, error);
      // The status in the sidebar should show the fault as well; without a key its requests would fail.
      if (message.problem && message.problem.code !== "unauthorized") this.#app.service.refresh();
    } finally {
      this.#running = null;
      this.#follow.update(() => view.finish());
      this.#composer.setBusy(false);
    }
    if (messages === this.messages) await this.#app.history.save(messages);
  }

  async #stream(body, message, view) {
    const { signal } = this.#running;
    for await (const { event, data } of serverEvents(await postJson("chat/stream", body, signal))) {
      if (event === "error") throw Problem.from(data);
      if (event === "token") message.content += data.text;
      if (event === "done") ({ response: message.content, ...message.answer } = data);
      this.#app.handle(event, data, message);
      if (event === "done") return;
      view.schedule(() => this.#follow.update(() => view.render()));
    }
    throw interrupted();
  }

  /** The last question and the messages before it, without failed answers and their questions. */
  #question() {
    const messages = this.messages.filter(({ role, content }, index) => {
      const answer = role === "user" ? this.messages[index + 1] : { content };
      return !answer || answer.content;
    });
    const history = messages.slice(0, -1).slice(-HISTORY_MESSAGES);
    return { message: this.messages.at(-1).content, history: history.map(truncated) };
  }

  #showLoading() {
    this.#app.welcome.toggle(false);
    this.#log.replaceChildren(h("p", { class: "note", role: "status" }, "Loading the conversation …"));
  }

  #view(message) {
    return new MessageView(message, this.#app);
  }

  #changed() {
    this.#app.welcome.toggle(this.messages.length === 0);
    this.#composer.setBusy(this.#running !== null);
  }
}

/** The role and the content of a message, cut to the limit without splitting a surrogate pair. */
function truncated({ role, content }) {
  if (content.length <= MAX_CHARACTERS) return { role, content };
  return { role, content: content.slice(0, MAX_CHARACTERS).replace(/[\ud800-\udbff]$/, "") };
}

/** Record in the message why its answer ended early. */
function recordEnd(message, error) {
  if (error.name === "AbortError") {
    message.state = "stopped";
    return;
  }
  if (!(error instanceof Problem)) throw error;
  const { message: detail, code, requestId } = error;
  Object.assign(message, { state: "failed", problem: { detail, code, requestId } });
}
