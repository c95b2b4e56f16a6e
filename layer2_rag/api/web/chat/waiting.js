// What is said of work that takes a while: that it goes on, with what, and for how long.
import { h } from "../page/dom.js";

const SHOWN_AFTER = 3; // seconds; what is quick needs no clock

/** Call `tell(seconds)` every second, once it has been a while; gives the function that ends it. */
export function clock(tell) {
  const begun = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - begun) / 1000);
    if (seconds >= SHOWN_AFTER) tell(seconds);
  }, 1000);
  return () => clearInterval(timer);
}

/** What stands where an answer will be. */
export class Waiting {
  #words = h("small");
  #said = "Waiting for the answer";
  #stop = clock((seconds) => (this.#words.textContent = `${this.#said}, ${seconds} s`));
  element = h("p", { class: "dots" }, h("span", { class: "pulse", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    this.#words);

  /** Say what the answer is waiting for; left out, what was said before stays. */
  say(words) {
    if (!words || words === this.#said) return;
    this.#said = words;
    this.#words.textContent = `${words} …`;
  }

  end() {
    this.#stop();
    this.element.remove();
  }
}
