// The jobs in the drawer: what runs, what waits, and what failed with the reason. Up to date while it is open.
import { arrange } from "../documents/list.js";
import { button, find, h, icon } from "../page/dom.js";
import { count } from "../page/quantities.js";
import { isOpen } from "./following.js";
import { describeJob } from "./words.js";

const SECONDS = 3; // between two requests
const LIMIT = 100; // jobs of each state
const GROUPS = { running: "Running", queued: "Queued", failed: "Failed", cancelled: "Cancelled" };
const ALL = {
  ingest: "Retry all failed uploads",
  process: "Retry all failed readings",
  fetch: "Retry all failed addresses",
};

/** Show the jobs. @param {import("../app.js").App} app @param {import("./following.js").Following} following */
export function openJobs(app, following) {
  const list = new JobList(app, following);
  app.drawer.open("Jobs", [list.element]);
  list.run();
}

class JobList {
  element = h("div", { class: "jobs" });
  #app;
  #following;
  #groups = {};
  #rows = new Map(); // by id
  #followed = new Set(); // ids
  #note = h("p", { class: "note" }, "Loading …");
  #problem = h("p", { class: "problem", role: "alert", hidden: true });
  #announcement = h("p", { class: "hidden", role: "status" });
  #all = h("div", { class: "choices" });

  constructor(app, following) {
    this.#app = app;
    this.#following = following;
    this.element.append(this.#announcement, this.#problem, this.#note);
    for (const [state, title] of Object.entries(GROUPS)) {
      const [heading, rows] = [h("h3", {}, title), h("ul", { "aria-label": title })];
      const section = h("section", { hidden: true }, heading, state === "failed" && this.#all, rows);
      this.#groups[state] = { section, heading, rows };
      this.element.append(section);
    }
  }

  /** Keep the list up to date until the drawer shows something else. */
  async run() {
    while (this.#visible) {
      if (!document.hidden) await this.#refresh();
      await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
    }
  }

  get #visible() {
    return this.element.isConnected && find("drawer").open;
  }

  async #refresh() {
    try {
      const states = Object.keys(GROUPS);
      const pages = await Promise.all(states.map((state) => this.#app.api.getJson(`jobs?state=${state}&limit=${LIMIT}`)));
      const [running, queued, failed, cancelled] = pages.map(({ jobs }) => jobs);
      const ended = latest([...failed, ...cancelled.filter((job) => this.#retryable(job))], [...running, ...queued]);
      const [again, stopped] = ["failed", "cancelled"].map((state) => ended.filter((job) => job.state === state));
      this.#show({ running, queued: queued.reverse(), failed: again, cancelled: stopped });
      this.#problem.hidden = true;
      for (const job of running) this.#follow(job);
    } catch (error) {
      if (!(error instanceof this.#app.api.Problem)) throw error;
      this.#fail(error);
    }
  }

  /** Whether a cancelled job still has its document: that of a deleted one is over. */
  #retryable({ id }) {
    return this.#app.documents.store.list.some(({ status, job_id }) => status === "failed" && job_id === id);
  }

  #show(groups) {
    const focused = document.activeElement;
    const inside = this.element.contains(focused);
    const rows = new Map(Object.values(groups).flat().map((job) => [job.id, this.#row(job)]));
    this.#rows = rows;
    for (const [state, { section, heading, rows: list }] of Object.entries(this.#groups)) {
      const jobs = groups[state];
      heading.textContent = `${GROUPS[state]}, ${jobs.length}`;
      section.hidden = !jobs.length;
      arrange(list, jobs.map(({ id }) => rows.get(id).element));
    }
    this.#offerAll(groups.failed);
    this.#note.textContent = rows.size ? "" : "No job is running or queued, and none has failed.";
    if (inside && document.activeElement !== focused) {
      (focused.isConnected ? focused : find("drawer-title")).focus(); // a row that was moved or has gone
    }
  }

  #row(job) {
    const row = this.#rows.get(job.id) ?? new JobRow((verb) => this.#act(job, verb));
    row.show(job);
    return row;
  }

  #offerAll(failed) {
    const kinds = Object.keys(ALL).filter((kind) => failed.filter((job) => job.kind === kind).length > 1);
    if (kinds.join() === this.#all.dataset.kinds) return; // the button may have the focus
    this.#all.dataset.kinds = kinds.join();
    const retry = (kind) => button({ class: "small", onclick: () => this.#retryAll(kind) }, icon("retry"), ALL[kind]);
    this.#all.replaceChildren(...kinds.map(retry));
  }

  async #follow({ id }) {
    if (this.#followed.has(id) || !this.#following.free) return;
    this.#followed.add(id);
    try {
      await this.#following.follow(id, (job) => isOpen(job) && this.#rows.get(id)?.show(job));
    } catch (error) {
      if (!(error instanceof this.#app.api.Problem)) throw error;
    }
    this.#followed.delete(id);
    if (this.#visible) this.#refresh();
    this.#app.documents.store.load();
  }

  async #act({ id, filename }, verb) {
    const said = { cancel: "is cancelled", retry: "is queued again" }[verb];
    await this.#post(`jobs/${id}/${verb}`, {}, () => `${filename} ${said}.`);
  }

  async #retryAll(kind) {
    await this.#post("jobs/retry", { kind }, ({ retried }) => `${count(retried, "job")} queued again.`);
  }

  async #post(path, body, say) {
    try {
      const response = await this.#app.api.postJson(path, body);
      this.#announcement.textContent = say(await response.json());
    } catch (error) {
      if (!(error instanceof this.#app.api.Problem)) throw error;
      this.#fail(error);
    }
    await this.#app.documents.store.load(); // first: it tells which cancelled jobs can be retried
    await this.#refresh();
  }

  #fail(error) {
    if (!this.#problem.hidden && this.#problem.textContent === error.message) return;
    this.#problem.textContent = error.message;
    this.#problem.hidden = false;
  }
}

/** A job with its name, its state and one button: to cancel it, or to retry it. */
class JobRow {
  #name = h("span", { class: "name" });
  #state = h("small");
  #bar = h("progress", { max: 1 });
  #button = button({ class: "quiet small" });
  #verb = "";
  element = h("li", {}, this.#name, this.#button, this.#state, this.#bar);

  constructor(act) {
    this.#button.addEventListener("click", () => act(this.#verb));
  }

  show(job) {
    this.#name.textContent = this.#name.title = job.filename;
    this.#state.textContent = describeJob(job);
    this.#bar.hidden = job.state !== "running";
    this.#bar.value = job.progress;
    this.#bar.setAttribute("aria-label", `Progress of ${job.filename}`);
    this.element.className = job.state;
    this.#offer(isOpen(job) ? "cancel" : "retry", job.filename);
  }

  #offer(verb, filename) {
    if (verb === this.#verb) return;
    this.#verb = verb;
    const label = verb === "cancel" ? "Cancel" : "Retry";
    this.#button.title = label;
    this.#button.setAttribute("aria-label", `${label}: ${filename}`);
    this.#button.replaceChildren(icon(verb === "cancel" ? "close" : "retry"));
  }
}

/** One of the ended jobs for each document, without documents that are being read again. */
function latest(ended, open) {
  const seen = new Set(open.map(({ document_id: id }) => id));
  return ended.filter(({ document_id: id }) => !seen.has(id) && seen.add(id));
}
