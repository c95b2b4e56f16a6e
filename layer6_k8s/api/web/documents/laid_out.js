// Lays out a part of a document's text: headings, tables, paragraphs and what OCR recognised, with a passage highlighted.
import { h } from "../page/dom.js";
import { cutAt, isWithin, setApart } from "./recognised.js";
import { cells, row } from "./rows.js";

const INNERMOST = 6; // level of a heading's element

/**
 * The elements of `part`, a response of GET /documents/ID/text, with the characters of `passage` highlighted. Offsets
 * count code points. `level`: that of the outermost heading's element. `top`: the rows above a table of which the part
 * begins with a later row.
 */
export function laidOut(part, passage, level, top = []) {
  const text = new PartOfText(part, passage);
  const depth = depths();
  const { recognised } = part;
  const paragraphs = (from, to) =>
    cutAt(recognised, from, to).map((cut) => ({ ...cut, element: text.paragraph(cut.from, cut.to) }));
  const parts = [];
  let at = part.start;
  for (const block of blocks(part)) {
    const [start, end] = [Math.max(block.start, part.start), Math.min(block.end, part.end)];
    const element = block.level
      ? heading(text, block, Math.min(level + depth(block.level), INNERMOST))
      : table(text, block, top);
    parts.push(...paragraphs(at, start), { element, recognised: isWithin(recognised, start, end) });
    at = end;
  }
  parts.push(...paragraphs(at, part.end));
  return setApart(parts.filter(({ element }) => element));
}

/** The headings and tables in the order of the text. */
function blocks({ headings, tables }) {
  return [...headings, ...tables].sort((one, other) => one.start - other.start);
}

/** How many of the headings so far a heading is below: levels may be left out in a document, but not on the page. */
function depths() {
  const above = [];
  return (level) => {
    while (above.length && above.at(-1) >= level) above.pop();
    return above.push(level) - 1;
  };
}

function heading(text, { start, end }, level) {
  return h(`h${level}`, {}, ...text.marked(start, end));
}

/** A table. Rows that are only partly in the part are left out, unless the passage is in them. */
function table(text, { start, end, headers }, top) {
  const [from, to] = text.wholeLines(start, end);
  const lines = text.lines(from, to);
  const named = from === start ? headers : 0;
  const titles = from === start ? [] : top.map((line) => cells(line).map(({ text: cell }) => [cell]));
  const width = Math.max(...[...titles, ...lines].map(({ length }) => length));
  const above = titles.map((line) => row(line, "th", width));
  const shown = lines.map((line, at) =>
    row(line.map((cell) => text.marked(...cell)), at < named ? "th" : "td", width));
  const head = [...above, ...shown.slice(0, named)];
  const content = h("table", {}, head.length > 0 && h("thead", {}, ...head), h("tbody", {}, ...shown.slice(named)));
  return h("div", { class: "table", role: "region", "aria-label": "Table", tabindex: 0 }, content);
}

/** Characters of a part of the text, by their offsets in the whole. */
class PartOfText {
  #characters;
  #start;
  #passage;

  constructor({ text, start }, passage) {
    this.#characters = Array.from(text);
    this.#start = start;
    this.#passage = passage;
  }

  slice(from, to) {
    return this.#characters.slice(Math.max(0, from - this.#start), Math.max(0, to - this.#start)).join("");
  }

  /** The text at `from..to`, with what is in the passage highlighted. */
  marked(from, to) {
    const [start, end] = [Math.max(from, this.#passage.start), Math.min(to, this.#passage.end)];
    if (start >= end) return [this.slice(from, to)];
    return [this.slice(from, start), h("mark", {}, this.slice(start, end)), this.slice(end, to)];
  }

  /** A paragraph of what is not blank at `from..to`; null if all is. */
  paragraph(from, to) {
    const text = this.slice(from, to);
    if (!text.trim()) return null;
    const count = (blank) => Array.from(blank).length;
    const start = Math.max(from, this.#start) + count(text) - count(text.replace(/^\s*\n/, ""));
    const end = start + count(text.replace(/^\s*\n/, "").trimEnd());
    return h("p", { class: "stored-text" }, ...this.marked(start, end));
  }

  /** `start..end` without the beginning and the end of lines that are cut at the ends of the part. */
  wholeLines(start, end) {
    const last = this.#start + this.#characters.length;
    let [from, to] = [Math.max(start, this.#start), Math.min(end, last)];
    if (from > start) {
      const next = this.#characters.indexOf("\n", from - this.#start) + 1 + this.#start;
      if (next > this.#start && next <= Math.max(this.#passage.start, from)) from = next;
    }
    if (to < end) {
      const cut = this.#characters.lastIndexOf("\n", to - 1 - this.#start) + this.#start;
      if (cut >= Math.max(from, this.#passage.end)) to = cut;
    }
    return [from, to];
  }

  /** The lines at `from..to`: of each cell its offsets. */
  lines(from, to) {
    let start = from;
    return this.slice(from, to).split("\n").map((line) => {
      const spans = cells(line).map(({ text, at }) => [start + at, start + at + Array.from(text).length]);
      start += Array.from(line).length + 1;
      return spans;
    });
  }
}
