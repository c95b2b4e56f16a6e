// How well a document was read: what was left out of it, and whether reading it again helps.
import { button, h } from "../page/dom.js";
import { count } from "../page/quantities.js";

const OUTDATED = "Read by an older version, which did not recognise tables or report what it left out.";

/** What to know before trusting the text; null if there is nothing. @param {import("../app.js").App} app */
export function reading(app, document) {
  if (document.status !== "ready") return null;
  const nodes = [document.outdated && outdated(app, document), leftOut(document.warnings ?? [])].filter(Boolean);
  return nodes.length ? h("div", { class: "reading" }, ...nodes) : null;
}

function outdated(app, document) {
  const { label, hint, start } = app.documents.readAgain;
  const again = () => {
    app.drawer.close();
    start(document);
  };
  const offer = button({ class: "small", onclick: again }, label);
  return h("section", { class: "outdated" }, h("p", {}, OUTDATED), h("p", {}, hint), offer);
}

function leftOut(warnings) {
  if (!warnings.length) return null;
  const entries = warnings.map((warning) => h("li", {}, warning));
  const title = h("h3", {}, `Left out or uncertain: ${count(warnings.length, "warning")}`);
  return h("section", { class: "left-out" }, title, h("ul", {}, ...entries));
}

/** How documents are read again where the service keeps no files: the same file is uploaded in place of the document. */
export function fromTheFile(uploads, accept) {
  return {
    label: "Choose the file again",
    hint: "Choose the same file to have it read again. Until then, answers use the old reading.",
    start: (document) => {
      const input = h("input", { type: "file", accept });
      input.addEventListener("change", () => uploads.add([...input.files], { replaces: document.id }));
      input.click();
    },
  };
}
