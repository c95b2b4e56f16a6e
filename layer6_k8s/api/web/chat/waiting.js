// Progress of work that takes a while: the current step, and the seconds so far.
import { h } from "../page/dom.js";

const CLOCK_DELAY = 3; // seconds; work that ends sooner shows none

/** Call `report(seconds)` every second after a delay; returns a function that stops it. */
export function startClock(report) {
  const started = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1000);
    if (seconds >= CLOCK_DELAY) report(seconds);
  }, 1000);
  return () => clearInterval(timer);
}

/** The placeholder of an answer that has no text yet. */
export class Waiting {
  #label = h("small");
  #phase = "Waiting for the answer";
  #stopClock = startClock((seconds) => (this.#label.textContent = `${this.#phase}, ${seconds} s`));
  element = h("p", { class: "dots" }, h("span", { class: "pulse", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    this.#label);

  /** Show the current step; without an argument, the last one stays. */
  show(phase) {
    if (!phase || phase === this.#phase) return;
    this.#phase = phase;
    this.#label.textContent = `${phase} …`;
  }

  end() {
    this.#stopClock();
    this.element.remove();
  }
}
