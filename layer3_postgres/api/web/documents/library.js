// The documents as the service has them; whoever shows them is told when they change.

const PAGE = 50;
const POLL_SECONDS = 2;

/**
 * @typedef {object} Document
 * @property {string} id
 * @property {string} filename
 * @property {string} status  "ready" when it can be asked about
 * @property {number} size_bytes
 * @property {number|null} pages
 * @property {number} chunks
 */
export class Library {
  /** @type {Document[]} newest first, as far as they have been asked for */
  documents = [];
  /** Whether the service has more. */
  more = false;
  /** Whether the list has been asked for, and what went wrong if it did not come. */
  loaded = false;
  problem = null;
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

  /** Ask for the newest documents. */
  async load() {
    await this.#page("", []);
  }

  /** Ask for the next ones. */
  async loadMore() {
    await this.#page(`&cursor=${encodeURIComponent(this.#cursor)}`, this.documents);
  }

  /** Take in a document that was uploaded. */
  add(document) {
    this.documents = [document, ...this.documents.filter(({ id }) => id !== document.id)];
    this.#changed();
  }

  /** Delete a document, for good. Raises `Problem`; one that is gone already counts as deleted. */
  async remove(id) {
    try {
      await this.#api.request(`documents/${id}`, { method: "DELETE" });
    } catch (error) {
      if (error.code !== "document_not_found") throw error;
    }
    this.documents = this.documents.filter((document) => document.id !== id);
    this.#changed();
  }

  /** Have the service load the project's own guides. Raises `Problem`. */
  async loadGuides() {
    const response = await this.#api.request("documents/guides", { method: "POST" });
    for (const document of (await response.json()).documents.reverse()) this.add(document);
  }

  async #page(cursor, before) {
    try {
      const { documents, next_cursor } = await this.#api.getJson(`documents?limit=${PAGE}${cursor}`);
      this.documents = [...before, ...documents];
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
    const pending = this.documents.some(({ status }) => !["ready", "failed"].includes(status));
    if (pending) this.#timer = setTimeout(() => this.load(), POLL_SECONDS * 1000);
  }
}
