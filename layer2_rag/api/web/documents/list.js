// The list of documents in the sidebar.
import { openDocument } from "./view.js";
import { button, drawing, h, icon } from "../page/dom.js";
import { ICONS } from "../page/icons.js";
import { count, describe } from "../page/quantities.js";
import { confirmRemoval } from "../page/removal.js";

const MAX_NAME = 24; // characters; a longer name is shortened in the middle
const ENDING = 10;

export class DocumentList {
  #app;
  #documents;
  #list = h("ul", { class: "documents" });
  #count = h("small");
  #note = h("p", { class: "note" });
  #more;
  #rows = new Map(); // by document
  #add;

  constructor(app, documents, choose) {
    this.#app = app;
    this.#documents = documents;
    this.#more = button({ class: "quiet small", onclick: () => documents.loadMore() }, "Load more");
    this.#add = button({ class: "quiet small", "aria-label": "Add documents", onclick: choose }, icon("plus"));
    this.element = h(
      "section",
      { "aria-labelledby": "documents-title" },
      h("header", { class: "section" }, h("h2", { id: "documents-title" }, "Documents"), this.#count, this.#add),
      this.#list,
      this.#more,
      this.#note,
    );
    documents.onChange(() => this.#render());
    this.#render();
  }

  #render() {
    const { list, more, loaded, problem } = this.#documents;
    const rows = new Map(list.map((document) => [document.id, this.#row(document)]));
    this.#rows = rows;
    arrange(this.#list, [...rows.values()].map(({ element }) => element));
    this.#count.textContent = list.length ? `${list.length}${more ? "+" : ""}` : "";
    this.#more.hidden = !more;
    const empty = loaded ? "No documents yet. Drop files anywhere." : "Loading …";
    this.#note.textContent = problem?.message ?? (list.length ? "" : empty);
  }

  #row(document) {
    const known = this.#rows.get(document.id);
    const facts = describe(document);
    const doubts = doubtsAbout(document);
    const shown = [facts, doubts].filter(Boolean).join(" · ");
    if (known?.shown === shown) return known;
    const open = button(
      { class: "quiet", title: document.filename, onclick: () => openDocument(this.#app, document) },
      h("span", { class: "name" }, ...halves(document.filename)),
      h("small", {}, facts, doubts && h("span", { class: "doubts" }, ` · ${doubts}`)),
    );
    const label = `Delete ${document.filename}`;
    const remove = button(
      { class: "quiet remove", "aria-label": label, title: label, onclick: () => this.#remove(document) },
      drawing(ICONS.remove),
    );
    return { shown, element: h("li", {}, open, remove) };
  }

  async #remove(document) {
    const next = this.#rows.get(document.id).element.nextElementSibling;
    const consequence =
      `“${document.filename}” will no longer be found or quoted, and answers that cite it lose their source.`;
    const dialog = { question: "Delete this document?", consequence };
    if (await confirmRemoval(dialog, () => this.#documents.remove(document.id))) {
      (next?.querySelector("button") ?? this.#add).focus();
    }
  }
}

/** Why not to trust its text blindly, in a few words; its own view says more. */
function doubtsAbout({ status, outdated, warnings = [] }) {
  if (status !== "ready") return "";
  return [warnings.length && count(warnings.length, "warning"), outdated && "older version"].filter(Boolean).join(" · ");
}

/** A long name in two parts, to be shortened in the middle: names of a series differ at their ends. */
function halves(name) {
  const characters = Array.from(name);
  if (characters.length <= MAX_NAME) return [name];
  return [characters.slice(0, -ENDING), characters.slice(-ENDING)].map((part) => h("span", {}, part.join("")));
}

/** Make `wanted` the children of a list. Children that stay are not moved: one of them may have the focus. */
export function arrange(list, wanted) {
  for (const child of [...list.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((element, at) => {
    if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
  });
}
