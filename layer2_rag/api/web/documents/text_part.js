// Shows a part of a document's text with a passage highlighted; buttons extend it in both directions.
import { button, h } from "../page/dom.js";

const CONTEXT = 600; // characters before and after the passage
const STEP = 2000; // characters that a button adds

/**
 * Show the characters `start..end` of a document in their context. Offsets count code points, as the service does,
 * not the UTF-16 units of a JavaScript string. Resolves to `{ element, passage }`, where `passage` is the text at the
 * offsets. Raises `Problem`.
 */
export async function textPart(api, id, start, end) {
  const element = h("div", { class: "text-part" });
  let from = Math.max(0, start - CONTEXT);
  let to = end + CONTEXT;

  async function show() {
    const part = await api.getJson(`documents/${id}/text?start=${from}&end=${to}`);
    const characters = Array.from(part.text);
    const slice = (a, b) => characters.slice(Math.max(0, a - part.start), Math.max(0, b - part.start)).join("");
    const passage = slice(start, end);
    const before = part.start > 0;
    const after = part.end < part.length;
    const stored = [slice(part.start, start), passage && h("mark", {}, passage), slice(end, part.end)];
    element.replaceChildren(
      before ? extendButton("Show text before", () => (from = Math.max(0, from - STEP))) : "",
      h("p", { class: "stored-text" }, before && "…", ...stored, after && "…"),
      after ? extendButton("Show text after", () => (to += STEP)) : "",
    );
    return passage;
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
