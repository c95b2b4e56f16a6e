// Asks for confirmation before a deletion, which cannot be undone.
import { button, h } from "./dom.js";

/** Ask `question`, then call `remove()`; resolves to whether it succeeded. The dialog shows its errors. */
export function confirmRemoval({ question, consequence }, remove) {
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const cancel = button({ onclick: () => dialog.close(), autofocus: true }, "Cancel");
  const confirm = button({ class: "danger", onclick: removeNow }, "Delete");
  const dialog = h(
    "dialog",
    { class: "box", "aria-labelledby": "removal-title" },
    h("h2", { id: "removal-title" }, question),
    h("p", {}, consequence),
    problem,
    h("div", { class: "actions" }, cancel, confirm),
  );

  async function removeNow() {
    confirm.disabled = true;
    try {
      await remove();
      dialog.close("deleted");
    } catch (error) {
      if (error.code === undefined) throw error;
      problem.textContent = error.message;
      problem.hidden = false;
      confirm.disabled = false;
    }
  }

  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "deleted");
    });
  });
}
