// A panel with details beside the conversation; on a narrow screen it covers the conversation.
import { button, h, icon } from "./dom.js";

const WIDE = matchMedia("(min-width: 1100px)");

export class Drawer {
  #dialog;
  #opener = null;

  constructor(dialog) {
    this.#dialog = dialog;
    dialog.addEventListener("close", () => {
      document.body.classList.remove("with-drawer");
      if (document.activeElement === document.body) this.#opener?.focus(); // the browser did not restore it
    });
    dialog.addEventListener("click", (event) => event.target === dialog && this.close()); // the backdrop
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !dialog.open || document.querySelector("dialog:modal")) return;
      event.preventDefault();
      this.close();
    });
  }

  /** Show nodes under a title. On close, the focus returns to `opener`, by default the focused element. */
  open(title, nodes, opener = document.activeElement) {
    if (!this.#dialog.contains(opener)) this.#opener = opener;
    const close = button({ class: "quiet", "aria-label": "Close", onclick: () => this.close() }, icon("close"));
    const heading = h("h2", { id: "drawer-title", tabindex: -1 }, title);
    const content = h("div", { class: "content", tabindex: 0 }, ...nodes);
    this.#dialog.replaceChildren(h("header", {}, heading, close), content);
    if (!this.#dialog.open) this.#show();
    heading.focus();
  }

  close() {
    if (this.#dialog.open) this.#dialog.close();
  }

  #show() {
    if (!WIDE.matches) {
      this.#dialog.showModal();
      return;
    }
    document.body.classList.add("with-drawer");
    this.#dialog.show();
  }
}
