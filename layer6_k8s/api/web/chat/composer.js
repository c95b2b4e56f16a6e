// The question field. Enter sends, Shift+Enter starts a new line, ↑ recalls the last question,
// Escape stops the answer, or leaves the field.
import { find, icon } from "../page/dom.js";

export class Composer {
  #question = find("question");
  #send = find("send");
  #onAsk;
  #onStop;
  #last;
  #busy = null;

  /** `last()` returns the previous question. */
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
      const handled = event.defaultPrevented || document.querySelector("dialog:modal");
      if (event.key !== "Escape" || handled) return;
      if (this.#busy) this.#onStop();
      else this.#question.blur();
    });
    this.setBusy(false);
  }

  focus() {
    this.#question.focus();
  }

  /** While an answer streams, the button stops it. */
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

  /** Fit the field's height to its text, up to the stylesheet's limit. */
  #fit() {
    this.#question.style.height = "auto";
    this.#question.style.height = `${this.#question.scrollHeight}px`;
    this.setBusy(this.#busy);
  }
}
