// What stands where an answer will be: that it is under way, with what, and for how long.
import { h } from "./dom.js";

const SHOWN_AFTER = 3; // seconds; an answer that is quick needs no clock

export class Waiting {
  #words = h("small");
  #begun = performance.now();
  #said = "Waiting for the answer";
  #timer = setInterval(() => this.#tick(), 1000);
  element = h("p", { class: "dots" }, h("span", { class: "pulse", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    this.#words);

  /** Say what the answer is waiting for; left out, what was said before stays. */
  say(words) {
    this.#said = words ?? this.#said;
    if (words) this.#words.textContent = `${words} …`;
  }

  end() {
    clearInterval(this.#timer);
    this.element.remove();
  }

  #tick() {
    const seconds = Math.round((performance.now() - this.#begun) / 1000);
    if (!this.element.isConnected) clearInterval(this.#timer);
    else if (seconds >= SHOWN_AFTER) this.#words.textContent = `${this.#said}, ${seconds} s`;
  }
}
