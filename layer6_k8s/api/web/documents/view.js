// Shows a document's details and its extracted text.
import { h } from "../page/dom.js";
import { bytes, describe } from "../page/quantities.js";
import { reading } from "./reading.js";
import { textPart } from "./text_part.js";

const BELOW_TITLE = 4; // level of the text's outermost headings

/** Show a document in the drawer. */
export async function openDocument(app, stored) {
  const opener = document.activeElement;
  const facts = [
    ["Type", stored.content_type || null],
    ["Size", bytes(stored.size_bytes)],
    ["Pages", stored.pages],
    ["Chunks", stored.chunks || null],
    ["Added", new Date(stored.created_at).toLocaleString()],
    ...Object.entries(stored.metadata ?? {}),
  ].filter(([, value]) => value != null);
  const entries = facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))]);
  const list = h("dl", { class: "facts" }, ...entries);
  const more = [reading(app, stored), ...app.documents.views.map((view) => view(stored.id, stored))].filter(Boolean);
  const shown = stored.status === "ready" ? await text(app.api, stored.id) : h("p", {}, describe(stored));
  app.drawer.open(stored.filename, [list, ...more, h("h3", {}, "Extracted text"), shown], opener);
}

async function text(api, id) {
  try {
    return (await textPart(api, id, 0, 0, BELOW_TITLE)).element;
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    return h("p", { class: "problem" }, error.message);
  }
}
