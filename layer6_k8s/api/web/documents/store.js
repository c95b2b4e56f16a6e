// The service's documents, as far as the page has loaded them; notifies listeners of changes.

const PAGE = 50;
const POLL_SECONDS = 2; // while a document is being processed
const GUIDES_POLL_SECONDS = 1;

/**
 * @typedef {object} Document
 * @property {string} id
 * @property {string} filename
 * @property {string} status  "ready" when questions can use it
 * @property {number} size_bytes
 * @property {number|null} pages
 * @property {number} chunks
 * @property {object} metadata  with `guide` for one of the project's guides
 * @property {string[]} warnings  what was left out or may be wrong
 * @property {boolean} outdated  whether an older version read it
 */
export class Documents {
  /** @type {Document[]} newest first, as far as loaded */
  list = [];
  /** Whether the service has more. */
  more = false;
  /** Whether the list has been requested, and the `Problem` if that failed. */
  loaded = false;
  problem = null;
  /** @type {"idle"|"loading"|"failed"} the state of `loadGuides()` */
  guides = "idle";
  #api;
  #cursor = null;
  #listeners = [];
  #timer = 0;

  constructor(api) {
    this.#api = api;
  }

  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Load the newest documents. */
  async load() {
    await this.#loadPage("", []);
  }

  /** Load the next page. */
  async loadMore() {
    await this.#loadPage(`&cursor=${encodeURIComponent(this.#cursor)}`, this.list);
  }

  /** Add an uploaded document, in place of the one with the id `replaced`. */
  add(document, replaced = null) {
    if (this.guides === "failed") this.guides = "idle";
    this.list = [document, ...this.list.filter(({ id }) => id !== document.id && id !== replaced)];
    this.#changed();
  }

  /** Delete a document for good. Raises `Problem`, except for a document that no longer exists. */
  async remove(id) {
    try {
      await this.#api.request(`documents/${id}`, { method: "DELETE" });
    } catch (error) {
      if (error.code !== "document_not_found") throw error;
    }
    this.list = this.list.filter((document) => document.id !== id);
    this.#changed();
  }

  /**
   * Have the service load the project's guides, and list each one once it is ready; `onProgress(loaded)` reports their
   * number. Resolves to the number of guides. Raises `Problem`.
   */
  async loadGuides(onProgress) {
    this.guides = "loading";
    let ended = false;
    const request = this.#api.request("documents/guides", { method: "POST" }).finally(() => (ended = true));
    try {
      for (;;) {
        await Promise.race([request, pause(GUIDES_POLL_SECONDS)]);
        if (ended) break;
        await this.load();
        onProgress(this.list.filter(({ metadata }) => metadata?.guide).length);
      }
      const { documents } = await (await request).json();
      this.guides = "idle";
      await this.load();
      return documents.length;
    } catch (error) {
      this.guides = "failed";
      throw error;
    }
  }

  async #loadPage(cursor, before) {
    try {
      const { documents, next_cursor } = await this.#api.getJson(`documents?limit=${PAGE}${cursor}`);
      this.list = [...before, ...documents];
      this.#cursor = next_cursor;
      this.more = next_cursor !== null;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof this.#api.Problem)) throw error;
      this.problem = error;
    }
    this.loaded = true;
    this.#changed();
  }

  #changed() {
    for (const listener of this.#listeners) listener();
    clearTimeout(this.#timer);
    const pending = this.list.some(({ status }) => !["ready", "failed"].includes(status));
    if (pending) this.#timer = setTimeout(() => this.load(), POLL_SECONDS * 1000);
  }
}

function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
