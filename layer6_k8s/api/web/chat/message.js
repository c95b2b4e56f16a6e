// One message on the page.
import { copyButton } from "../markdown/clipboard.js";
import { button, h, icon } from "../page/dom.js";
import { blocks } from "../markdown/markdown.js";
import { outcome } from "./outcome.js";
import { Waiting } from "./waiting.js";

export class MessageView {
  #message;
  #app;
  #body = h("div", { class: "body" });
  #rendered = []; // sources of the blocks on the page
  #frame = 0;
  #waiting = null;

  constructor(message, app) {
    this.#message = message;
    this.#app = app;
    const title = h("h2", { class: "hidden" }, message.role === "user" ? "You asked" : "Answer");
    this.element = h("article", { class: `message ${message.role}` }, title, this.#body);
    if (message.role === "user") this.#body.textContent = message.content;
    else if (message.state === "streaming") this.#startWaiting();
    else this.finish();
  }

  /** Call `render` with the next frame: once, for all tokens that arrive until then. */
  schedule(render) {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      render();
    });
  }

  /** Update the page to the text; unchanged blocks stay. */
  render() {
    if (!this.#message.content) return this.#waiting?.show(this.#message.phase);
    this.#endWaiting();
    const wanted = blocks(this.#message.content);
    let same = 0;
    while (same < this.#rendered.length && this.#rendered[same] === wanted[same]?.source) same += 1;
    while (this.#body.childNodes.length > same) this.#body.lastChild.remove();
    for (const { build, start, end } of wanted.slice(same)) {
      const element = build();
      this.#body.append(element); // before it is decorated: a panel may replace it
      this.#app.decorate(element, this.#message, { start, end });
    }
    this.#rendered = wanted.map(({ source }) => source);
  }

  /** The answer has ended: show all of it, its outcome, and the actions. */
  finish() {
    cancelAnimationFrame(this.#frame);
    this.#rendered = [];
    this.#endWaiting();
    this.#body.replaceChildren();
    this.render();
    this.element.append(...outcome(this.#app, this.#message), ...this.#app.footers(this.#message), this.#actions());
    this.element.removeAttribute("aria-busy"); // a screen reader reads the whole answer now, once
  }

  #startWaiting() {
    this.element.setAttribute("aria-busy", "true");
    this.#waiting = new Waiting();
    this.#body.append(this.#waiting.element);
  }

  #endWaiting() {
    this.#waiting?.end();
    this.#waiting = null;
  }

  #actions() {
    const { content, state, answer } = this.#message;
    const again = state === "done" ? "Ask again" : "Try again";
    return h(
      "div",
      { class: "actions" },
      content && copyButton({ class: "quiet small copy" }, "Copy", () => content),
      button({ class: "quiet small again", onclick: () => this.#app.chat.retry() }, icon("retry"), again),
      answer && h("small", {}, `${answer.model} · ${seconds(answer.latency_ms)}${answer.cached ? " · kept answer" : ""}`),
    );
  }
}

function seconds(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
