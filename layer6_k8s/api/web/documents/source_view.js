// Shows a source of an answer: the quote, highlighted in the document's text.
import { button, drawing, h } from "../page/dom.js";
import { ICONS } from "../page/icons.js";
import { textPart } from "./text_part.js";

const SAME = "The quote matches the document word for word.";
const CHANGED = "The document no longer contains this quote.";
export const DELETED = "This document has been deleted, so its text can no longer be shown.";

/** Show `source` in the drawer; its buttons step through `sources`, those of the answer. */
export async function openSource(app, source, sources, opener = document.activeElement) {
  const page = source.page ? `Page ${source.page}, ` : "";
  const where = `${page}characters ${source.start}–${source.end}`;
  const { verdict, text } = await content(app.api, source);
  const more = app.documents.views.map((view) => view(source.document_id, source));
  const stepping = steps(app, source, sources, opener);
  const head = h("div", { class: "source-head" }, h("small", {}, where), verdict, ...more, stepping);
  app.drawer.open(source.filename, [head, text], opener);
  text.querySelector("mark")?.scrollIntoView({ block: "center" });
}

/** The text around the quote, and whether the quote, if it is known, equals it; or an error message. */
async function content(api, source) {
  try {
    const { element, passage } = await textPart(api, source.document_id, source.start, source.end);
    if (source.quote == null) return { verdict: null, text: element };
    const same = passage === source.quote;
    return { verdict: h("p", { class: same ? "verdict" : "problem" }, same ? SAME : CHANGED), text: element };
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    const gone = error.code === "document_not_found";
    return { verdict: null, text: h("p", { class: gone ? "hint" : "problem" }, gone ? DELETED : error.message) };
  }
}

/** Buttons to the previous and the next source. */
function steps(app, source, sources, opener) {
  if (sources.length < 2) return null;
  const at = sources.findIndex(({ marker }) => marker === source.marker);
  const step = (label, symbol, to) => {
    const onclick = () => openSource(app, sources[to], sources, opener);
    const disabled = !sources[to];
    return button({ class: "quiet small", "aria-label": label, disabled, onclick }, drawing(ICONS[symbol]));
  };
  const counted = h("small", {}, `${at + 1} of ${sources.length}`);
  const previous = step("Previous source", "previous", at - 1);
  return h("div", { class: "steps" }, previous, counted, step("Next source", "next", at + 1));
}
