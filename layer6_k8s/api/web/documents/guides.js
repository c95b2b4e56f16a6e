// Loads the project's own guides, for a start without documents of one's own.
import { startClock } from "../chat/waiting.js";
import { button, h } from "../page/dom.js";
import { count } from "../page/quantities.js";

/** A button that loads the guides and shows the progress. */
export function guidesButton(documents) {
  const start = button({ onclick: load }, "Load the project’s guides");
  const announcement = h("span", { class: "hidden", role: "status" });
  const problem = h("p", { class: "problem", role: "alert", hidden: true });

  async function load() {
    const progress = { loaded: "", time: "" };
    const show = (change) => {
      Object.assign(progress, change);
      start.textContent = ["Loading the guides", ...Object.values(progress).filter(Boolean)].join(", ");
    };
    start.disabled = true;
    start.textContent = "Loading the guides …";
    problem.hidden = true;
    const stopClock = startClock((seconds) => show({ time: `${seconds} s` }));
    try {
      const total = await documents.loadGuides((loaded) => {
        if (!loaded) return;
        show({ loaded: `${loaded} loaded` });
        announcement.textContent = `${count(loaded, "guide")} loaded`;
      });
      start.textContent = announcement.textContent = `${count(total, "guide")} loaded`;
    } catch (error) {
      if (error.code === undefined) throw error;
      problem.textContent = error.message;
      problem.hidden = false;
      start.disabled = false;
      start.textContent = "Try again";
    } finally {
      stopClock();
    }
  }
  return h("span", { class: "guides" }, start, announcement, problem);
}
