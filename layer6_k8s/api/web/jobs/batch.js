// Uploads many files as a batch: sends them in groups, then follows the jobs. One row shows all of them.
import { readable, sendForm } from "../documents/send_file.js";
import { UploadRow } from "../documents/upload_row.js";
import { button, h, icon } from "../page/dom.js";
import { count } from "../page/quantities.js";

const GROUP_FILES = 100; // of one request
const GROUP_BYTES = 20_000_000;
const SECONDS = 1.5; // between two requests for the progress
const UNREADABLE = "The file cannot be read: it was moved.";

/** Upload files as a batch. `leftOut`: how many more the user gave that are no documents. */
export function uploadBatch(app, files, leftOut = 0) {
  return new Batch(app, files, leftOut).run();
}

class Batch {
  #app;
  #row;
  #files;
  #leftOut;
  #name;
  #ids = []; // of the service's batches, one for each group
  #total = 0;
  #refused = []; // filename, reason, and the file if sending it again may help
  #failedJobs = [];
  #cancelled = false;

  constructor(app, files, leftOut) {
    this.#app = app;
    this.#files = files;
    this.#leftOut = leftOut;
    this.#name = count(files.length, "file");
    this.#show();
  }

  async run() {
    const size = this.#files.reduce((sum, file) => sum + file.size, 0) || 1;
    let sent = 0;
    for (const group of groups(this.#files)) {
      if (this.#cancelled) break;
      const bytes = group.reduce((sum, file) => sum + file.size, 0);
      await this.#send(group, (part) => this.#row.sending(Math.min(0.99, (sent + part * bytes) / size)));
      sent += bytes;
    }
    if (this.#cancelled) await this.#cancel(); // the jobs of the last group
    await this.#follow();
  }

  async #send(group, onProgress) {
    const form = new FormData();
    for (const file of group) {
      if (await readable(file)) form.append("files", file);
      else this.#refuse(file, UNREADABLE);
    }
    if (![...form.keys()].length) return;
    try {
      const { batch_id: id, jobs } = await sendForm(this.#app.api, "documents/batch-upload", form, onProgress);
      this.#ids.push(id);
      this.#total += jobs.length;
      const refused = jobs.filter(({ error }) => error);
      this.#refused.push(...refused.map(({ filename, error }) => ({ filename, reason: error.detail })));
      this.#app.documents.store.load();
    } catch (error) {
      if (!(error instanceof this.#app.api.Problem)) throw error;
      const tooLarge = ["document_too_large", "http_413"].includes(error.code);
      if (tooLarge && group.length > 1) await this.#sendApart(group, onProgress);
      else for (const file of form.getAll("files")) this.#refuse(file, error.message);
    }
  }

  /** Send a group that is too large for the service in two. */
  async #sendApart(group, onProgress) {
    const half = Math.ceil(group.length / 2);
    for (const part of [group.slice(0, half), group.slice(half)]) await this.#send(part, onProgress);
  }

  #refuse(file, reason) {
    this.#total += 1;
    this.#refused.push({ filename: file.name, reason, file });
  }

  /** Show the progress until all jobs have ended. */
  async #follow() {
    let counts = await this.#counts();
    while (counts.waiting) {
      this.#row.step(progress(counts), (counts.total - counts.waiting) / (counts.total || 1));
      await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
      counts = await this.#counts(counts);
    }
    this.#app.documents.store.load();
    const text = summary(counts, this.#leftOut);
    if (counts.failed || counts.cancelled || !counts.total) this.#row.failed(text, this.#reasons());
    else this.#row.done(text);
    this.#app.documents.uploads.announce(this.#row.text);
  }

  /** How many documents are ready, waiting, failed, cancelled; as they were if the service cannot be asked now. */
  async #counts(before) {
    try {
      const batches = await Promise.all(this.#ids.map((id) => this.#app.api.getJson(`jobs/batches/${id}`)));
      const sum = (read) => batches.reduce((total, batch) => total + (read(batch) ?? 0), 0);
      this.#failedJobs = batches.flatMap(({ errors }) => errors);
      const waiting = sum((batch) => batch.waiting);
      const failed = sum(({ counts }) => counts.failed) + this.#refused.length;
      const cancelled = sum(({ counts }) => counts.cancelled);
      return { total: this.#total, waiting, failed, cancelled, ready: this.#total - waiting - failed - cancelled };
    } catch (error) {
      if (!(error instanceof this.#app.api.Problem)) throw error;
      return before ?? { total: this.#total, waiting: this.#total, failed: 0, cancelled: 0, ready: 0 };
    }
  }

  #reasons() {
    const failed = this.#failedJobs.map(({ filename, error }) => ({ filename, reason: error.detail }));
    const entries = [...this.#refused, ...failed].map(({ filename, reason }) =>
      h("li", {}, h("strong", {}, filename), ` ${reason}`));
    return entries.length ? h("details", {}, h("summary", {}, "Show the reasons"), h("ul", {}, ...entries)) : "";
  }

  #show() {
    this.#row = new UploadRow(this.#name, () => this.#retry());
    const label = "Cancel the batch";
    this.#row.offer(button({ class: "quiet small", "aria-label": label, title: label, onclick: () => this.#cancel() },
      icon("close")));
    this.#app.documents.uploads.show(this.#row);
  }

  /** Send again what did not arrive, and retry the jobs that failed or were cancelled. */
  async #retry() {
    this.#files = this.#refused.map(({ file }) => file).filter(Boolean);
    this.#total -= this.#files.length;
    this.#refused = this.#refused.filter(({ file }) => !file);
    this.#cancelled = false;
    this.#show();
    await this.#each(["failed", "cancelled"], "retry");
    await this.run();
  }

  async #cancel() {
    this.#cancelled = true;
    await this.#each(["queued", "running"], "cancel");
  }

  /** Call `jobs/ID/VERB` for the jobs of the batch in these states. */
  async #each(states, verb) {
    const { getJson, request, Problem } = this.#app.api;
    try {
      for (const id of this.#ids) {
        for (const state of states) {
          const { jobs } = await getJson(`jobs?batch_id=${id}&state=${state}&limit=200`);
          for (const job of jobs) await request(`jobs/${job.id}/${verb}`, { method: "POST" });
        }
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#app.documents.uploads.announce(error.message);
    }
  }
}

/** The files in groups that a request can carry. */
function groups(files) {
  const all = [];
  let bytes = Infinity;
  for (const file of files) {
    if (bytes + file.size > GROUP_BYTES || all.at(-1).length === GROUP_FILES) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1).push(file);
    bytes += file.size;
  }
  return all;
}

function progress({ total, ready, failed }) {
  return [`${ready} of ${total} done`, failed && `${failed} failed`].filter(Boolean).join(", ");
}

function summary({ total, ready, failed, cancelled }, leftOut) {
  const parts = [ready < total ? `${ready} of ${total} ready` : `Ready, ${count(total, "document")}`];
  if (!total) parts[0] = "No documents found";
  if (failed) parts.push(`${failed} failed`);
  if (cancelled) parts.push(`${cancelled} cancelled`);
  if (leftOut) parts.push(`${count(leftOut, "file")} of other kinds left out`);
  return parts.join(", ");
}
