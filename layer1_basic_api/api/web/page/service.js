// How the service is: asked now and then, and told to whoever shows it.

const SECONDS = 30;
const SOON = 3; // seconds, while it cannot be reached

export class Service {
  /** What /health and /models answered last; null when they could not be asked. */
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

  /** Hear of every answer. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Hear when the service answers again after it could not be reached. */
  onReturn(listener) {
    this.#returns.push(listener);
  }

  /** Ask now, and go on asking. */
  async refresh() {
    clearTimeout(this.#timer);
    const [health, models] = await Promise.all([this.#ask("health"), this.#ask("models")]);
    const returned = health !== null && !this.#reached;
    Object.assign(this, { health, models });
    this.#reached = health !== null;
    for (const listener of this.#listeners) listener();
    for (const listener of returned ? this.#returns : []) listener();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#again(), (this.#reached ? SECONDS : SOON) * 1000);
  }

  #again() {
    if (document.hidden) this.#timer = setTimeout(() => this.#again(), SECONDS * 1000);
    else this.refresh();
  }

  async #ask(path) {
    try {
      return await this.#api.getJson(path);
    } catch (error) {
      if (error instanceof this.#api.Problem) return null;
      throw error;
    }
  }
}
