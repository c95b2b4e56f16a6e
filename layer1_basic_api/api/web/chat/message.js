// One message on the page.
import { copyButton } from "../markdown/clipboard.js";
import { button, h, icon } from "../page/dom.js";
import { inline } from "../markdown/inline.js";
import { blocks } from "../markdown/markdown.js";
import { Waiting } from "./waiting.js";

export class MessageView {
  #message;
  #app;
  #body = h("div", { class: "body" });
  #built = []; // sources of the blocks on the page
  #frame = 0;
  #waiting = null;

  constructor(message, app) {
    this.#message = message;
    this.#app = app;
    const title = h("h2", { class: "hidden" }, message.role === "user" ? "You asked" : "Answer");
    this.element = h("article", { class: `message ${message.role}` }, title, this.#body);
    if (message.role === "user") this.#body.textContent = message.content;
    else if (message.state === "streaming") this.#wait();
    else this.finish();
  }

  /** Render with the next frame, once, however many tokens come until then. */
  schedule(render) {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      render();
    });
  }

  /** Bring the page in line with the text: blocks that stayed the same are left alone. */
  render() {
    if (!this.#message.content) return this.#waiting?.say(this.#message.phase);
    this.#begin();
    const wanted = blocks(this.#message.content);
    let same = 0;
    while (same < this.#built.length && this.#built[same] === wanted[same]?.source) same += 1;
    while (this.#body.childNodes.length > same) this.#body.lastChild.remove();
    for (const { build } of wanted.slice(same)) {
      const element = build();
      this.#app.decorate(element, this.#message);
      this.#body.append(element);
    }
    this.#built = wanted.map(({ source }) => source);
  }

  /** The answer has ended: show all of it, how it ended, and what can be done with it. */
  finish() {
    cancelAnimationFrame(this.#frame);
    this.#built = [];
    this.#begin();
    this.#body.replaceChildren();
    this.render();
    this.element.append(...this.#outcome(), ...this.#app.footers(this.#message), this.#actions());
    this.element.removeAttribute("aria-busy"); // only now does a screen reader speak: once, and the whole answer
  }

  #wait() {
    this.element.setAttribute("aria-busy", "true");
    this.#waiting = new Waiting();
    this.#body.append(this.#waiting.element);
  }

  /** The answer begins to come in. */
  #begin() {
    this.#waiting?.end();
    this.#waiting = null;
  }

  #outcome() {
    const { state, problem } = this.#message;
    if (state === "stopped") return [h("p", { class: "note" }, "Stopped before the end.")];
    if (state !== "failed") return [];
    const id = problem.requestId && h("small", {}, `Request ${problem.requestId}`);
    return [h("div", { class: "problem", role: "alert" }, h("p", {}, ...inline(problem.detail)), id)];
  }

  #actions() {
    const { content, state, answer } = this.#message;
    const again = state === "done" ? "Ask again" : "Try again";
    return h(
      "div",
      { class: "actions" },
      content && copyButton({ class: "quiet small copy" }, "Copy", () => content),
      button({ class: "quiet small again", onclick: () => this.#app.chat.retry() }, icon("retry"), again),
      answer && h("small", {}, `${answer.model} · ${seconds(answer.latency_ms)}`),
    );
  }
}

function seconds(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
