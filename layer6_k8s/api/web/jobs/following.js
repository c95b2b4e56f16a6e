// Follows jobs by the service's events, or by asking now and then. Each stream of events occupies one of the few
// connections that a browser opens to a server, so there are at most two, and none while the page is hidden.
import { serverEvents } from "../chat/sse.js";

const STREAMS = 2;
const SECONDS = 2; // between two requests for a job without a stream, and for the position of one that is queued
const FINAL = ["job_not_found", "unauthorized"]; // other problems pass

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {"ingest"|"process"|"fetch"} kind
 * @property {"queued"|"running"|"done"|"failed"|"cancelled"} state
 * @property {string} stage
 * @property {number} progress  from 0 to 1
 * @property {number|null} ahead  how many queued jobs come first, if it is queued
 * @property {{code: string, detail: string}|null} error
 * @property {string} filename
 * @property {string} document_id
 */

/** Whether a job has not ended. */
export function isOpen({ state }) {
  return state === "queued" || state === "running";
}

export class Following {
  #api;
  #streams = new Set(); // an AbortController each

  constructor(api) {
    this.#api = api;
    document.addEventListener("visibilitychange", () => {
      for (const stream of document.hidden ? this.#streams : []) stream.abort();
    });
  }

  /** Whether another job could be followed by its events. */
  get free() {
    return this.#streams.size < STREAMS && !document.hidden;
  }

  /** Call `onJob(job)` at each change; resolves to the job once it has ended. Raises `Problem` if there is none. */
  async follow(id, onJob) {
    for (;;) {
      try {
        const job = await this.#api.getJson(`jobs/${id}`);
        onJob(job);
        const latest = isOpen(job) && this.free ? await this.#stream(job, onJob) : job;
        if (!isOpen(latest)) return latest;
      } catch (error) {
        const passes = error instanceof this.#api.Problem && !FINAL.includes(error.code);
        if (!passes && error.name !== "AbortError") throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
    }
  }

  async #stream(job, onJob) {
    const stream = new AbortController();
    this.#streams.add(stream);
    let latest = job;
    const show = (change) => onJob((latest = { ...latest, ...change }));
    const timer = setInterval(() => this.#position(latest, (ahead) => latest.state === "queued" && show({ ahead })),
      SECONDS * 1000);
    try {
      const response = await this.#api.request(`jobs/${job.id}/events`, { signal: stream.signal });
      for await (const { event, data } of serverEvents(response)) {
        if (event !== "job") continue;
        show({ ...data, ahead: data.state === "queued" ? latest.ahead : null }); // events do not know the position
      }
    } finally {
      clearInterval(timer);
      this.#streams.delete(stream);
    }
    return latest;
  }

  async #position({ id, state }, onAhead) {
    if (state !== "queued") return;
    try {
      onAhead((await this.#api.getJson(`jobs/${id}`)).ahead);
    } catch (error) {
      if (!(error instanceof this.#api.Problem)) throw error; // the stream will tell
    }
  }
}
