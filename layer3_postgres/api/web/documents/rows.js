// Rows of tables as texts store them: one on a line, its cells separated by ` | `.
import { h } from "../page/dom.js";

const SEPARATOR = / ?(?<=^| )\|(?= |$) ?/g; // the first cell and the last may be empty

/** Whether a line has several cells. */
export function isRow(line) {
  return cells(line).length > 1;
}

/** A row of a table that has `width` columns: the last cell of a shorter one reaches to the end. */
export function row(cells, tag, width) {
  const element = (content, at) => {
    const missing = at === cells.length - 1 ? width - cells.length : 0;
    const colspan = missing ? missing + 1 : null;
    const empty = !content.some((piece) => piece.textContent ?? piece);
    return tag === "th" && !empty ? h("th", { scope: "col", colspan }, ...content) : h("td", { colspan }, ...content);
  };
  return h("tr", {}, ...cells.map(element));
}

/** The cells of a line: their texts and where they begin in it, in code points. */
export function cells(line) {
  const found = [];
  let [from, at] = [0, 0]; // in UTF-16 units, in code points
  for (const { index, 0: separator } of [...line.matchAll(SEPARATOR), { index: line.length, 0: "" }]) {
    const text = line.slice(from, index);
    found.push({ text, at });
    at += Array.from(text).length + separator.length;
    from = index + separator.length;
  }
  return found;
}
