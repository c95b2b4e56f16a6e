// Stores the conversation in the browser.

const STORAGE_KEY = "mystack.messages";
const MAX_MESSAGES = 200;

export const localHistory = {
  /** The stored messages; none if the stored value is malformed. */
  async load() {
    try {
      const stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "[]");
      return Array.isArray(stored) ? stored : [];
    } catch (error) {
      if (error instanceof SyntaxError) return [];
      throw error;
    }
  },

  /** Store the newest messages; fewer when the browser's storage quota is exceeded. */
  async save(messages) {
    for (let count = MAX_MESSAGES; count > 0; count = Math.floor(count / 2)) {
      try {
        localStorage.setItem(STORAGE_KEY, JSON.stringify(messages.slice(-count)));
        return;
      } catch (error) {
        if (error.name !== "QuotaExceededError") throw error;
      }
    }
  },
};
