// A document's details, and the text that was read from it.
import { h } from "../page/dom.js";
import { bytes } from "../page/quantities.js";
import { textPart } from "./text_part.js";

/** Show a document in the side view. */
export async function openDocument(app, shown) {
  const opener = document.activeElement;
  const facts = [
    ["Type", shown.content_type],
    ["Size", bytes(shown.size_bytes)],
    ["Pages", shown.pages],
    ["Chunks", shown.chunks],
    ["Added", new Date(shown.created_at).toLocaleString()],
    ...Object.entries(shown.metadata ?? {}),
  ].filter(([, value]) => value != null);
  const entries = facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))]);
  const list = h("dl", { class: "facts" }, ...entries);
  app.drawer.open(shown.filename, [list, h("h3", {}, "What was read from it"), await text(app.api, shown.id)], opener);
}

async function text(api, id) {
  try {
    return (await textPart(api, id, 0, 0)).element;
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    return h("p", { class: "problem" }, error.message);
  }
}
