// The conversation in this browser's own storage.

const NAME = "mystack.messages";
const MOST = 200;

export const localHistory = {
  /** The messages kept here; none if what is kept cannot be read. */
  async load() {
    try {
      const kept = JSON.parse(localStorage.getItem(NAME) ?? "[]");
      return Array.isArray(kept) ? kept : [];
    } catch (error) {
      if (error instanceof SyntaxError) return [];
      throw error;
    }
  },

  /** Keep the newest messages; fewer of them when the browser's space for this page is used up. */
  async save(messages) {
    for (let most = MOST; most > 0; most = Math.floor(most / 2)) {
      try {
        localStorage.setItem(NAME, JSON.stringify(messages.slice(-most)));
        return;
      } catch (error) {
        if (error.name !== "QuotaExceededError") throw error;
      }
    }
  },
};
