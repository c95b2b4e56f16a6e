// The list of uploads above the question field, one row per file.
import { h } from "../page/dom.js";
import { count } from "../page/quantities.js";
import { sendFile } from "./send_file.js";
import { UploadRow } from "./upload_row.js";

const CONCURRENCY = 2;

export class Uploads {
  element = h("section", { class: "uploads", "aria-label": "Uploads" });
  /** Headers of every upload. A panel may add some. */
  headers = {};
  /** What to do between the response and the end of a row: `ready(document, row)` → document. A panel may replace it. */
  ready = (document) => document;
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

  /** Queue files for upload, in this order; `fields` as `POST /documents/upload` takes them. */
  add(files, fields = {}) {
    for (const file of files) {
      const row = new UploadRow(file.name, () => this.add([file], fields));
      this.show(row);
      this.#waiting.push({ file, row, fields });
    }
    this.#next();
  }

  /** Show a row below the others. */
  show(row) {
    this.#rows.append(row.element);
  }

  /**
   * Wait for a document and show in its row how it ended: `result` resolves to it, or raises `Problem`. `replaced`: the
   * id of the document in whose place it is.
   */
  async conclude(row, result, replaced = null) {
    try {
      const document = await result;
      this.#onDone(document, replaced);
      row.done(outcome(document));
    } catch (error) {
      if (!(error instanceof this.#api.Problem)) throw error;
      row.failed(error.message);
    }
    this.announce(row.text);
  }

  /** Tell screen readers. */
  announce(text) {
    this.#announcement.textContent = text;
  }

  #next() {
    while (this.#running < CONCURRENCY && this.#waiting.length) {
      this.#running += 1;
      const { file, row, fields } = this.#waiting.shift();
      const sent = this.#send(file, row, fields);
      this.conclude(row, sent.then((document) => this.ready(document, row)), fields.replaces);
    }
  }

  async #send(file, row, fields) {
    try {
      return await sendFile(this.#api, file, (part) => row.sending(part), this.headers, fields);
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }
}

function outcome({ duplicate, chunks, status }) {
  if (duplicate) return "Already uploaded";
  return status === "ready" ? `Ready, ${count(chunks, "chunk")}` : "Processing …";
}
