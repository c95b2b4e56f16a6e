// The conversations as the service has them; whoever shows them is told when they change.

const PAGE = 30;

/**
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} title
 * @property {string} updated_at  when its last answer was complete
 */
export class Conversations {
  /** @type {Conversation[]} newest first, as far as they have been asked for */
  conversations = [];
  /** Whether the service has more. */
  more = false;
  /** Whether the list has been asked for, and what went wrong if something did. */
  loaded = false;
  problem = null;
  #api;
  #cursor = null;
  #gone = new Set(); // a list that was asked for before may still name them
  #listeners = [];

  constructor(api) {
    this.#api = api;
  }

  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** The conversation of that id, if it is among those that are here. */
  find(id) {
    return this.conversations.find((conversation) => conversation.id === id);
  }

  /** Ask for the newest. Older ones that are here already stay, if the newest lead up to them. */
  async load() {
    await this.#page("", ({ conversations, next_cursor }) => {
      const oldest = Date.parse(conversations.at(-1)?.updated_at);
      const joined = conversations.some(({ id }) => this.find(id));
      const older = joined ? this.conversations.filter(({ updated_at }) => Date.parse(updated_at) < oldest) : [];
      this.conversations = [...conversations, ...older];
      if (!older.length) this.#cursor = next_cursor;
    });
  }

  /** Ask for older ones. */
  async loadMore() {
    await this.#page(`&cursor=${encodeURIComponent(this.#cursor)}`, ({ conversations, next_cursor }) => {
      const known = new Set(conversations.map(({ id }) => id));
      this.conversations = [...this.conversations.filter(({ id }) => !known.has(id)), ...conversations];
      this.#cursor = next_cursor;
    });
  }

  /** Raises `Problem`. */
  async rename(id, title) {
    const headers = { "Content-Type": "application/json" };
    const options = { method: "PATCH", headers, body: JSON.stringify({ title }) };
    const renamed = await (await this.#api.request(`conversations/${id}`, options)).json();
    this.conversations = this.conversations.map((one) => (one.id === id ? renamed : one));
    this.changed();
  }

  /** Delete it, for good. Raises `Problem`; one that is gone already counts as deleted. */
  async remove(id) {
    try {
      await this.#api.request(`conversations/${id}`, { method: "DELETE" });
    } catch (error) {
      if (error.code !== "conversation_not_found") throw error;
    }
    this.forget(id);
  }

  /** It was seen not to be there any more. */
  forget(id) {
    this.#gone.add(id);
    this.changed();
  }

  changed() {
    this.conversations = this.conversations.filter(({ id }) => !this.#gone.has(id));
    for (const listener of this.#listeners) listener();
  }

  async #page(cursor, take) {
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
