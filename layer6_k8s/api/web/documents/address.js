// Opens the document that the page's address names: `#/documents/ID?start=120&end=178`, with these characters
// highlighted. The annotations of answers at /v1 lead here.
import { h } from "../page/dom.js";
import { DELETED, openSource } from "./source_view.js";

const ADDRESS = /^#\/documents\/([0-9a-f-]{36})(?:\?(.*))?$/i;

/** Open the document of the address now, and whenever the address changes. @param {import("../app.js").App} app */
export function followAddress(app) {
  addEventListener("hashchange", () => openAddressed(app));
  openAddressed(app);
}

async function openAddressed(app) {
  const [, id, query] = ADDRESS.exec(location.hash) ?? [];
  if (!id) return;
  const start = offset(query, "start");
  const end = Math.max(start, offset(query, "end"));
  try {
    const { filename } = await app.api.getJson(`documents/${id}`);
    await openSource(app, { document_id: id, filename, start, end }, []);
  } catch (error) {
    if (!(error instanceof app.api.Problem)) throw error;
    const reason = error.code === "document_not_found" ? DELETED : error.message;
    app.drawer.open("Document", [h("p", { class: "problem" }, reason)]);
  }
}

function offset(query, name) {
  const value = Number(new URLSearchParams(query).get(name));
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}
