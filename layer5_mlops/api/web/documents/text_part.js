// Shows a part of a document's text with a passage highlighted; buttons extend it in both directions.
import { laidOut } from "./laid_out.js";
import { button, h } from "../page/dom.js";

const CONTEXT = 600; // characters before and after the passage
const STEP = 2000; // characters that a button adds
const TOP = 2000; // characters of a table in which its header is looked for

/**
 * Show the characters `start..end` of a document in their context. Offsets count code points, as the service does,
 * not the UTF-16 units of a JavaScript string. `level`: that of the outermost heading's element. Resolves to
 * `{ element, passage }`, where `passage` is the text at the offsets. Raises `Problem`.
 */
export async function textPart(api, id, start, end, level = 3) {
  const element = h("div", { class: "text-part" });
  let from = Math.max(0, start - CONTEXT);
  let to = end + CONTEXT;

  async function show() {
    const part = await api.getJson(`documents/${id}/text?start=${from}&end=${to}`);
    const before = part.start > 0;
    const after = part.end < part.length;
    const shown = laidOut(part, { start, end }, level, await topOf(part));
    element.replaceChildren(
      before ? extendButton("Show text before", () => (from = Math.max(0, from - STEP))) : "",
      h("div", { class: "laid-out" }, before && "…", ...shown, after && "…"),
      after ? extendButton("Show text after", () => (to += STEP)) : "",
    );
    return Array.from(part.text).slice(start - part.start, Math.max(0, end - part.start)).join("");
  }

  /** The header rows of a table that begins before the part: they name the columns of its first rows. */
  async function topOf(part) {
    const table = part.tables.find((one) => one.start < part.start && one.headers);
    if (!table) return [];
    const limit = Math.min(table.start + TOP, part.start);
    const { text } = await api.getJson(`documents/${id}/text?start=${table.start}&end=${limit}`);
    return text.split("\n").slice(0, -1).slice(0, table.headers); // the last line may be cut
  }

  function extendButton(label, extend) {
    const control = button({ class: "quiet small" }, label);
    control.addEventListener("click", async () => {
      control.disabled = true;
      extend();
      try {
        await show();
      } catch (error) {
        if (!(error instanceof api.Problem)) throw error;
        control.replaceWith(h("p", { class: "problem", role: "alert" }, error.message));
      }
    });
    return control;
  }

  return { element, passage: await show() };
}
