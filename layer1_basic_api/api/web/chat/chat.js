// The conversation: asks, streams, stops, and keeps what was said.
import { Problem, postJson } from "../page/api.js";
import { Composer } from "./composer.js";
import { find, h, icon } from "../page/dom.js";
import { Follow } from "./follow.js";
import { MessageView } from "./message.js";
import { interrupted, serverEvents } from "./sse.js";

const SLOW = 200; // ms; a conversation that is there sooner needs no word about it
const REMEMBERED = 40; // messages sent along; the service trims them further to the model's window

export class Chat {
  messages = [];
  #app;
  #composer;
  #log = find("messages");
  #follow = new Follow(find("scroll"), find("to-end"));
  #running = null;
  #expected = null;

  constructor(app) {
    this.#app = app;
    const last = () => this.messages.findLast(({ role }) => role === "user")?.content;
    this.#composer = new Composer((text) => this.ask(text), () => this.stop(), last);
    find("to-end").append(icon("down"));
  }

  /** Show the messages that a promise brings; what is asked until then waits for them. The newest promise counts. */
  async expect(messages) {
    const expected = messages.then((arrived) => this.#expected === expected && this.show(arrived));
    this.#expected = expected;
    const slow = setTimeout(() => this.#expected === expected && this.#load(), SLOW);
    await expected.finally(() => clearTimeout(slow));
  }

  /** Replace the conversation on the page. What was being answered when it was kept counts as stopped. */
  show(messages) {
    this.stop();
    this.messages = messages;
    for (const message of messages) if (message.state === "streaming") message.state = "stopped";
    this.#log.replaceChildren(...messages.map((message) => this.#view(message).element));
    this.#changed();
    this.#follow.toEnd();
  }

  /** Begin a new conversation. */
  clear() {
    this.#expected = null;
    this.show([]);
    this.#app.history.save([]);
    this.#composer.focus();
  }

  /** Ask a question; resolves when its answer has ended, well or not. */
  async ask(text) {
    await this.#expected;
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

  /** Stop the answer that is coming in; what has come stays. */
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
      note(message, error);
      // What is wrong shows in the status line, too; without a key there is nothing to be asked.
      if (message.problem && message.problem.code !== "unauthorized") this.#app.service.refresh();
    } finally {
      this.#running = null;
      this.#follow.keep(() => view.finish());
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
      view.schedule(() => this.#follow.keep(() => view.render()));
    }
    throw interrupted();
  }

  /** The last question and what was said before; answers that failed are left out with their questions. */
  #question() {
    const said = this.messages.filter(({ role, content }, index) => {
      const answer = role === "user" ? this.messages[index + 1] : { content };
      return !answer || answer.content;
    });
    const history = said.slice(0, -1).slice(-REMEMBERED).map(({ role, content }) => ({ role, content }));
    return { message: this.messages.at(-1).content, history };
  }

  #load() {
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

/** Write into the message why its answer ended early. */
function note(message, error) {
  if (error.name === "AbortError") {
    message.state = "stopped";
    return;
  }
  if (!(error instanceof Problem)) throw error;
  const { message: detail, code, requestId } = error;
  Object.assign(message, { state: "failed", problem: { detail, code, requestId } });
}
