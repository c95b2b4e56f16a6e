// The service's conversations, as far as the page has loaded them; notifies listeners of changes.

const PAGE = 30;

/**
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} title
 * @property {string} updated_at  the time of its last complete answer
 */
export class Conversations {
  /** @type {Conversation[]} newest first, as far as loaded */
  list = [];
  /** Whether the service has more. */
  more = false;
  /** Whether the list has been requested, and the `Problem` if that failed. */
  loaded = false;
  problem = null;
  #api;
  #cursor = null;
  #deleted = new Set(); // ids; the response to an earlier request may still list them
  #listeners = [];

  constructor(api) {
    this.#api = api;
  }

  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** The loaded conversation of that id, if any. */
  find(id) {
    return this.list.find((conversation) => conversation.id === id);
  }

  /** Load the newest. Older ones that are loaded stay, if the new page overlaps the list. */
  async load() {
    await this.#loadPage("", ({ conversations, next_cursor }) => {
      const oldest = Date.parse(conversations.at(-1)?.updated_at);
      const overlaps = conversations.some(({ id }) => this.find(id));
      const older = overlaps ? this.list.filter(({ updated_at }) => Date.parse(updated_at) < oldest) : [];
      this.list = [...conversations, ...older];
      if (!older.length) this.#cursor = next_cursor;
    });
  }

  /** Load the next page of older ones. */
  async loadMore() {
    await this.#loadPage(`&cursor=${encodeURIComponent(this.#cursor)}`, ({ conversations, next_cursor }) => {
      const known = new Set(conversations.map(({ id }) => id));
      this.list = [...this.list.filter(({ id }) => !known.has(id)), ...conversations];
      this.#cursor = next_cursor;
    });
  }

  /** Raises `Problem`. */
  async rename(id, title) {
    const headers = { "Content-Type": "application/json" };
    const options = { method: "PATCH", headers, body: JSON.stringify({ title }) };
    const renamed = await (await this.#api.request(`conversations/${id}`, options)).json();
    this.list = this.list.map((one) => (one.id === id ? renamed : one));
    this.changed();
  }

  /** Delete a conversation for good. Raises `Problem`, except for one that no longer exists. */
  async remove(id) {
    try {
      await this.#api.request(`conversations/${id}`, { method: "DELETE" });
    } catch (error) {
      if (error.code !== "conversation_not_found") throw error;
    }
    this.forget(id);
  }

  /** Remove one that no longer exists from the list. */
  forget(id) {
    this.#deleted.add(id);
    this.changed();
  }

  changed() {
    this.list = this.list.filter(({ id }) => !this.#deleted.has(id));
    for (const listener of this.#listeners) listener();
  }

  async #loadPage(cursor, take) {
    try {
      take(await this.#api.getJson(`conversations?limit=${PAGE}${cursor}`));
      this.more = this.#cursor !== null;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof this.#api.Problem)) throw error;
      this.problem = error;
    }
    this.loaded = true;
    this.changed();
  }
}
