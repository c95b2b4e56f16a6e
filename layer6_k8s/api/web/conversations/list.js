// The list of conversations in the sidebar.
import { arrange } from "../documents/list.js";
import { button, drawing, find, h } from "../page/dom.js";
import { ICONS } from "../page/icons.js";
import { confirmRemoval } from "../page/removal.js";

const PENCIL = "m4.5 19.5 1-4.2L16.3 4.5a1.8 1.8 0 0 1 2.6 0l.6.6a1.8 1.8 0 0 1 0 2.6L8.7 18.5zM14.5 6.3l3.2 3.2";

export class ConversationList {
  #app;
  #store;
  #current;
  #list = h("ul", { class: "conversations" });
  #note = h("p", { class: "note", role: "status" });
  #more;
  #rows = new Map(); // by id: element, open, title

  constructor(app, store, current) {
    this.#app = app;
    this.#store = store;
    this.#current = current;
    this.#more = button({ class: "quiet small", onclick: () => store.loadMore() }, "Show older");
    const title = h("h2", { id: "conversations-title" }, "Conversations");
    this.element = h(
      "section",
      { class: "conversations-panel", "aria-labelledby": "conversations-title" },
      h("header", { class: "section" }, title),
      this.#list,
      this.#more,
      this.#note,
    );
    store.onChange(() => this.#render());
    this.#render();
  }

  #render() {
    const { list, more, loaded, problem } = this.#store;
    this.#rows = new Map(list.map((conversation) => [conversation.id, this.#row(conversation)]));
    arrange(this.#list, [...this.#rows.values()].map(({ element }) => element));
    for (const [id, { open }] of this.#rows) {
      if (id === this.#current.id) open.setAttribute("aria-current", "page");
      else open.removeAttribute("aria-current");
    }
    this.#more.hidden = !more;
    this.#note.textContent = problem?.message ?? (list.length ? "" : loaded ? "No conversations yet." : "Loading …");
  }

  #row(conversation) {
    const { id, title } = conversation;
    const known = this.#rows.get(id);
    if (known?.title === title || known?.element.querySelector("input")) return known;
    const name = h("span", { class: "name", dir: "auto" }, title);
    const open = button({ class: "quiet", title, onclick: () => this.#open(id) }, name);
    const rename = action(`Rename ${title}`, PENCIL, () => this.#rename(conversation));
    const remove = action(`Delete ${title}`, ICONS.remove, () => this.#remove(conversation));
    return { title, open, element: h("li", {}, open, rename, remove) };
  }

  #open(id) {
    this.#app.closeSidebar();
    if (id !== this.#current.id) this.#current.open(id);
  }

  /** Edit the title in its row: Enter and leaving the field save it, Escape does not. */
  #rename({ id, title }) {
    const row = this.#rows.get(id);
    const parts = [...row.element.childNodes];
    const input = h("input", { class: "title", "aria-label": "Title", maxlength: 200, value: title });
    let ended = false;

    const end = async (wanted, focus) => {
      if (ended) return;
      ended = true;
      row.element.replaceChildren(...parts);
      if (focus) row.open.focus();
      if (!wanted || wanted === title) return;
      try {
        await this.#store.rename(id, wanted);
        if (focus) this.#rows.get(id)?.open.focus();
      } catch (error) {
        if (!(error instanceof this.#app.api.Problem)) throw error;
        this.#note.textContent = error.message;
      }
    };

    input.addEventListener("keydown", (event) => {
      if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation(); // Escape would also stop an answer
      end(event.key === "Enter" && input.value.trim(), true);
    });
    input.addEventListener("blur", () => end(input.value.trim(), false));
    row.element.replaceChildren(input);
    input.select();
    input.focus();
  }

  async #remove({ id, title }) {
    const next = this.#rows.get(id).element.nextElementSibling;
    const consequence = `“${title}” and all its messages will be deleted for good.`;
    const dialog = { question: "Delete this conversation?", consequence };
    if (!(await confirmRemoval(dialog, () => this.#store.remove(id)))) return;
    if (id === this.#current.id) this.#app.chat.clear();
    else (next?.querySelector("button") ?? find("new-chat")).focus();
  }
}

function action(label, path, onclick) {
  return button({ class: "quiet act", "aria-label": label, title: label, onclick }, drawing(path));
}
