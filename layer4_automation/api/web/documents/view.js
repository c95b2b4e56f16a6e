// Shows a document's details and its extracted text.
import { h } from "../page/dom.js";
import { bytes } from "../page/quantities.js";
import { textPart } from "./text_part.js";

/** Show a document in the drawer. */
export async function openDocument(app, stored) {
  const opener = document.activeElement;
  const facts = [
    ["Type", stored.content_type],
    ["Size", bytes(stored.size_bytes)],
    ["Pages", stored.pages],
    ["Chunks", stored.chunks],
    ["Added", new Date(stored.created_at).toLocaleString()],
    ...Object.entries(stored.metadata ?? {}),
  ].filter(([, value]) => value != null);
  const entries = facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))]);
  const list = h("dl", { class: "facts" }, ...entries);
  app.drawer.open(stored.filename, [list, h("h3", {}, "Extracted text"), await text(app.api, stored.id)], opener);
}

async function text(api, id) {
  try {
    return (await textPart(api, id, 0, 0)).element;
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    return h("p", { class: "problem" }, error.message);
  }
}
