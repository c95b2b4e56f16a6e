// Where the question is written. Enter sends it, Shift+Enter begins a line, ↑ brings the last one back,
// Escape stops the answer, or leaves the question.
import { find, icon } from "../page/dom.js";

export class Composer {
  #question = find("question");
  #send = find("send");
  #onAsk;
  #onStop;
  #last;
  #busy = null;

  /** `last()` is the question before. */
  constructor(onAsk, onStop, last) {
    this.#onAsk = onAsk;
    this.#onStop = onStop;
    this.#last = last;
    find("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#question.addEventListener("keydown", (event) => this.#key(event));
    this.#question.addEventListener("input", () => this.#fit());
    document.addEventListener("keydown", (event) => {
      const elsewhere = event.defaultPrevented || document.querySelector("dialog:modal");
      if (event.key !== "Escape" || elsewhere) return;
      if (this.#busy) this.#onStop();
      else this.#question.blur();
    });
    this.setBusy(false);
  }

  focus() {
    this.#question.focus();
  }

  /** While an answer comes in, the button stops it. */
  setBusy(busy) {
    if (busy !== this.#busy) {
      this.#busy = busy;
      this.#send.replaceChildren(icon(busy ? "stop" : "send"));
      this.#send.setAttribute("aria-label", busy ? "Stop" : "Send");
    }
    this.#send.disabled = !busy && !this.#question.value.trim();
  }

  #key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (!this.#busy) this.#submit();
    }
    if (event.key === "ArrowUp" && !this.#question.value && this.#last()) {
      event.preventDefault();
      this.#question.value = this.#last();
      this.#fit();
    }
  }

  #submit() {
    if (this.#busy) {
      this.#onStop();
      return;
    }
    const text = this.#question.value.trim();
    if (!text) return;
    this.#question.value = "";
    this.#fit();
    this.#onAsk(text);
  }

  /** As high as its text, up to the limit that the stylesheet sets. */
  #fit() {
    this.#question.style.height = "auto";
    this.#question.style.height = `${this.#question.scrollHeight}px`;
    this.setBusy(this.#busy);
  }
}
