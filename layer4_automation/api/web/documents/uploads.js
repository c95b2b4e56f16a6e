// The list of uploads above the question field, one row per file.
import { button, h, icon } from "../page/dom.js";
import { sendFile } from "./send_file.js";
import { count } from "../page/quantities.js";
import { startClock } from "../chat/waiting.js";

const CONCURRENCY = 2;
const DONE_SECONDS = 4; // that the row of a finished upload stays

export class Uploads {
  element = h("section", { class: "uploads", "aria-label": "Uploads" });
  #announcement = h("p", { class: "hidden", role: "status" });
  #rows = h("ul");
  #api;
  #onDone;
  #waiting = [];
  #running = 0;

  constructor(api, onDone) {
    this.#api = api;
    this.#onDone = onDone;
    this.element.append(this.#announcement, this.#rows);
  }

  /** Queue files for upload, in this order. */
  add(files) {
    for (const file of files) {
      const row = new Row(file, () => this.add([file]));
      this.#rows.append(row.element);
      this.#waiting.push({ file, row });
    }
    this.#next();
  }

  #next() {
    while (this.#running < CONCURRENCY && this.#waiting.length) {
      this.#running += 1;
      this.#upload(this.#waiting.shift()).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #upload({ file, row }) {
    try {
      const uploaded = await sendFile(this.#api, file, (sent) => row.sending(sent));
      this.#onDone(uploaded);
      row.done(uploaded);
    } catch (error) {
      if (!(error instanceof this.#api.Problem)) throw error;
      row.failed(error.message);
    }
    this.#announcement.textContent = row.text;
  }
}

class Row {
  #file;
  #retry;
  #bar = h("progress", { max: 1, value: 0 });
  #state = h("small", {}, "Waiting …");
  #buttons = h("span", { class: "buttons" });
  #box = h("div"); // becomes the alert of a failed upload: a list item may not have that role
  #stopClock = null;

  constructor(file, retry) {
    this.#file = file;
    this.#retry = retry;
    this.#bar.setAttribute("aria-label", `Progress of ${file.name}`);
    this.#box.append(h("span", { class: "name" }, file.name), this.#state, this.#buttons, this.#bar);
    this.element = h("li", {}, this.#box);
  }

  get text() {
    return `${this.#file.name}: ${this.#state.textContent}`;
  }

  /** `sent` is the fraction sent so far; at 1, the service processes the document. */
  sending(sent) {
    this.#state.textContent = sent < 1 ? `Uploading, ${Math.round(sent * 100)} %` : "Processing …";
    if (sent < 1) {
      this.#bar.value = sent;
      return;
    }
    this.#bar.removeAttribute("value");
    this.#stopClock ??= startClock((seconds) => (this.#state.textContent = `Processing, ${seconds} s`));
  }

  done({ duplicate, chunks, status }) {
    const ready = status === "ready" ? `Ready, ${count(chunks, "chunk")}` : "Processing …";
    this.#end(duplicate ? "Already uploaded" : ready, "done");
    setTimeout(() => this.element.remove(), DONE_SECONDS * 1000);
  }

  failed(reason) {
    this.#end(reason, "failed");
    this.#buttons.append(this.#button("Try again", "retry", this.#retry), this.#button("Dismiss", "close", () => {}));
    this.#box.setAttribute("role", "alert");
  }

  #end(text, state) {
    this.#stopClock?.();
    this.#state.textContent = text;
    this.#bar.remove();
    this.#box.classList.add(state);
  }

  #button(label, symbol, action) {
    const onclick = () => {
      this.element.remove();
      action();
    };
    const name = `${label}: ${this.#file.name}`;
    return button({ class: "quiet small", "aria-label": name, title: label, onclick }, icon(symbol));
  }
}
