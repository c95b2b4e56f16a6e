// A part of a document's stored text, with a passage highlighted, that can be widened in both directions.
import { button, h } from "../page/dom.js";

const AROUND = 600; // characters on each side of the passage
const MORE = 2000;

/**
 * Show the characters `start..end` of a document in their context. Offsets count code points, as the service does;
 * a JavaScript string counts some characters twice. Resolves to `{ element, passage }`, `passage` being the text at
 * the offsets. Raises `Problem`.
 */
export async function textPart(api, id, start, end) {
  const element = h("div", { class: "text-part" });
  let from = Math.max(0, start - AROUND);
  let to = end + AROUND;

  async function show() {
    const part = await api.getJson(`documents/${id}/text?start=${from}&end=${to}`);
    const characters = Array.from(part.text);
    const slice = (a, b) => characters.slice(Math.max(0, a - part.start), Math.max(0, b - part.start)).join("");
    const passage = slice(start, end);
    const before = part.start > 0;
    const after = part.end < part.length;
    const stored = [slice(part.start, start), passage && h("mark", {}, passage), slice(end, part.end)];
    element.replaceChildren(
      before ? more("Show what comes before", () => (from = Math.max(0, from - MORE))) : "",
      h("p", { class: "stored-text" }, before && "…", ...stored, after && "…"),
      after ? more("Show what comes after", () => (to += MORE)) : "",
    );
    return passage;
  }

  function more(label, widen) {
    const widener = button({ class: "quiet small" }, label);
    widener.addEventListener("click", async () => {
      widener.disabled = true;
      widen();
      try {
        await show();
      } catch (error) {
        if (!(error instanceof api.Problem)) throw error;
        widener.replaceWith(h("p", { class: "problem", role: "alert" }, error.message));
      }
    });
    return widener;
  }

  return { element, passage: await show() };
}
