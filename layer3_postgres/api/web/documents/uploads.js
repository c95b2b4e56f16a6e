// Files on their way to the service, one row each, above the question.
import { button, h, icon } from "../page/dom.js";
import { sendFile } from "./send_file.js";
import { count } from "../page/quantities.js";
import { clock } from "../chat/waiting.js";

const AT_ONCE = 2;
const DONE_SECONDS = 4;

export class Uploads {
  element = h("section", { class: "uploads", "aria-label": "Uploads" });
  #news = h("p", { class: "hidden", role: "status" });
  #rows = h("ul");
  #api;
  #onDone;
  #waiting = [];
  #running = 0;

  constructor(api, onDone) {
    this.#api = api;
    this.#onDone = onDone;
    this.element.append(this.#news, this.#rows);
  }

  /** Upload files, some at a time, in this order. */
  add(files) {
    for (const file of files) {
      const row = new Row(file, () => this.add([file]));
      this.#rows.append(row.element);
      this.#waiting.push({ file, row });
    }
    this.#next();
  }

  #next() {
    while (this.#running < AT_ONCE && this.#waiting.length) {
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
    this.#news.textContent = row.text;
  }
}

class Row {
  #file;
  #retry;
  #bar = h("progress", { max: 1, value: 0 });
  #state = h("small", {}, "Waiting …");
  #buttons = h("span", { class: "buttons" });
  #box = h("div"); // what is an alert when it fails: an entry of a list may not be one
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

  /** `sent` is the share that has left; when all has, the service reads the document. */
  sending(sent) {
    this.#state.textContent = sent < 1 ? `Uploading, ${Math.round(sent * 100)} %` : "Reading …";
    if (sent < 1) {
      this.#bar.value = sent;
      return;
    }
    this.#bar.removeAttribute("value");
    this.#stopClock ??= clock((seconds) => (this.#state.textContent = `Reading, ${seconds} s`));
  }

  done({ duplicate, chunks, status }) {
    const ready = status === "ready" ? `Ready, ${count(chunks, "chunk")}` : "Being read …";
    this.#end(duplicate ? "Was here already" : ready, "done");
    setTimeout(() => this.element.remove(), DONE_SECONDS * 1000);
  }

  failed(why) {
    this.#end(why, "failed");
    this.#buttons.append(this.#button("Try again", "retry", this.#retry), this.#button("Dismiss", "close", () => {}));
    this.#box.setAttribute("role", "alert");
  }

  #end(text, state) {
    this.#stopClock?.();
    this.#state.textContent = text;
    this.#bar.remove();
    this.#box.classList.add(state);
  }

  #button(label, sign, act) {
    const onclick = () => {
      this.element.remove();
      act();
    };
    const name = `${label}: ${this.#file.name}`;
    return button({ class: "quiet small", "aria-label": name, title: label, onclick }, icon(sign));
  }
}
