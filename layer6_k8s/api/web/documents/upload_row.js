// One row in the list of uploads: its name, what happens to it, the progress, and buttons.
import { startClock } from "../chat/waiting.js";
import { button, h, icon } from "../page/dom.js";

const DONE_SECONDS = 4; // that the row of a finished upload stays

export class UploadRow {
  /** What "Try again" does, once the row is gone. */
  retry;
  #name;
  #bar = h("progress", { max: 1, value: 0 });
  #state = h("small", {}, "Waiting …");
  #buttons = h("span", { class: "buttons" });
  #box = h("div"); // becomes the alert of a failed upload: a list item may not have that role
  #stopClock = null;

  constructor(name, retry) {
    this.#name = name;
    this.retry = retry;
    this.#bar.setAttribute("aria-label", `Progress of ${name}`);
    this.#box.append(h("span", { class: "name" }, name), this.#state, this.#buttons, this.#bar);
    this.element = h("li", {}, this.#box);
  }

  get text() {
    return `${this.#name}: ${this.#state.textContent}`;
  }

  /** `sent` is the fraction sent so far; at 1, the service processes the document. */
  sending(sent) {
    if (sent < 1) {
      this.step(`Uploading, ${Math.round(sent * 100)} %`, sent);
      return;
    }
    this.#bar.removeAttribute("value");
    this.#state.textContent = "Processing …";
    this.#stopClock ??= startClock((seconds) => (this.#state.textContent = `Processing, ${seconds} s`));
  }

  /** Show what happens now, and the fraction that is done; null if that is unknown. */
  step(text, fraction = null) {
    this.#endClock();
    if (this.#state.textContent !== text) this.#state.textContent = text;
    if (fraction === null) this.#bar.removeAttribute("value");
    else this.#bar.value = fraction;
  }

  /** Show these buttons until the end. */
  offer(...buttons) {
    this.#buttons.replaceChildren(...buttons);
  }

  done(text) {
    this.#end(text, "done");
    setTimeout(() => this.element.remove(), DONE_SECONDS * 1000);
  }

  /** `details` stand below the reason. */
  failed(reason, ...details) {
    const focused = this.element.contains(document.activeElement);
    this.#end(reason, "failed");
    this.offer(this.#button("Try again", "retry", () => this.retry()), this.#button("Dismiss", "close", () => {}));
    if (focused) this.#buttons.firstElementChild.focus();
    this.#box.append(...details);
    this.#box.setAttribute("role", "alert");
  }

  #end(text, state) {
    this.#endClock();
    this.offer();
    this.#state.textContent = text;
    this.#bar.remove();
    this.#box.classList.add(state);
  }

  #endClock() {
    this.#stopClock?.();
    this.#stopClock = null;
  }

  #button(label, symbol, action) {
    const onclick = () => {
      this.element.remove();
      action();
    };
    const name = `${label}: ${this.#name}`;
    return button({ class: "quiet small", "aria-label": name, title: label, onclick }, icon(symbol));
  }
}
