// Polls the service's status, and notifies listeners.

const SECONDS = 30; // between two requests
const RETRY_SECONDS = 3; // while the service cannot be reached

export class Service {
  /** The last responses of /health and /models; null if the request failed. */
  health = null;
  models = null;
  #api;
  #listeners = [];
  #returns = [];
  #reached = true;
  #timer = 0;

  constructor(api) {
    this.#api = api;
    document.addEventListener("visibilitychange", () => document.hidden || this.#reached || this.refresh());
  }

  /** Call `listener` after each request. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Call `listener` when the service can be reached again. */
  onReturn(listener) {
    this.#returns.push(listener);
  }

  /** Request the status now, and continue polling. */
  async refresh() {
    clearTimeout(this.#timer);
    const [health, models] = await Promise.all([this.#get("health"), this.#get("models")]);
    const returned = health !== null && !this.#reached;
    Object.assign(this, { health, models });
    this.#reached = health !== null;
    for (const listener of this.#listeners) listener();
    for (const listener of returned ? this.#returns : []) listener();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#again(), (this.#reached ? SECONDS : RETRY_SECONDS) * 1000);
  }

  #again() {
    if (document.hidden) this.#timer = setTimeout(() => this.#again(), SECONDS * 1000);
    else this.refresh();
  }

  async #get(path) {
    try {
      return await this.#api.getJson(path);
    } catch (error) {
      if (error instanceof this.#api.Problem) return null;
      throw error;
    }
  }
}
