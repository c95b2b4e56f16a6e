// Quotes that are rows of a table: as a table below its header, or on one line with the names of the columns.
import { h } from "../page/dom.js";
import { cells, isRows, row } from "./rows.js";

const QUOTATION = /“([^”]*)” \[(\d{1,3})\]/g;
const NAMED = ": ";
const BETWEEN = " · ";

/**
 * The table for a block of an answer that consists of quoted rows; null for any other. `sources`: by marker, as text;
 * `cite(source)`: the button for a marker.
 */
export function quotedTable(text, sources, cite) {
  const quotes = [...text.matchAll(QUOTATION)].map(([, quote, number]) => ({ quote, source: sources.get(number) }));
  if (!quotes.length || text.replace(QUOTATION, "").trim()) return null;
  if (!quotes.every(({ quote, source }) => isRows(quote) && letters(source?.quote) === letters(quote))) return null;
  const { caption, header } = aboveRows(quotes);
  const named = quotes.find(({ source }) => source.quote === header);
  const head = header ? linesOf(header, named?.source) : [];
  const body = quotes.filter((quote) => quote !== named).flatMap(({ quote, source }) => linesOf(quote, source));
  return table(caption, head, body, cite);
}

/** A quoted row on one line, "Port: Lindholm · Ferries a day: 7"; any other quote as it is. */
export function inOneLine({ quote, above }) {
  if (!quote || !isRows(quote)) return quote;
  const header = (above?.header ?? "").split("\n");
  const names = columnNames(header);
  const shown = quote.split("\n").flatMap((line) =>
    cells(line).map(({ text }, at) => (text && !header.includes(line) ? named(names[at], text) : text)));
  return shown.filter(Boolean).join(BETWEEN);
}

/** What stands above the first of the quotes that is not itself a header. */
function aboveRows(quotes) {
  const { source } = quotes.find(({ source: { quote, above } }) => quote !== above?.header) ?? quotes[0];
  return { caption: "", header: "", ...source.above };
}

/** The cells of each line; the source stands behind the last one. */
function linesOf(text, source = null) {
  const lines = text.split("\n").map((line) => ({ texts: cells(line).map(({ text: cell }) => cell), source: null }));
  lines.at(-1).source = source;
  return lines;
}

function table(caption, head, body, cite) {
  const width = Math.max(...[...head, ...body].map(({ texts }) => texts.length));
  const line = ({ texts, source }, tag) => {
    const element = row(texts.map((text) => [text]), tag, width);
    element.append(h("td", { class: "cited" }, source && cite(source)));
    return element;
  };
  const content = h(
    "table",
    {},
    caption && h("caption", {}, caption),
    head.length > 0 && h("thead", {}, ...head.map((one) => line(one, "th"))),
    h("tbody", {}, ...body.map((one) => line(one, "td"))),
  );
  return h("div", { class: "table", tabindex: 0 }, content);
}

/** The name of each column; a header of several lines has it in parts. */
function columnNames(header) {
  const names = [];
  for (const line of header) {
    cells(line).forEach(({ text }, at) => (names[at] = [names[at], text].filter(Boolean).join(" ")));
  }
  return names;
}

function named(name, text) {
  return name && name !== text ? `${name}${NAMED}${text}` : text;
}

/** What the service keeps of a quote: it changes quotation marks and brackets in it. */
function letters(text = "") {
  return text.replace(/[^\p{L}\p{N}]+/gu, "");
}
