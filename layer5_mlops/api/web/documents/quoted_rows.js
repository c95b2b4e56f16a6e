// Quotes that are rows of a table: as a table below its header, or on one line with the names of the columns.
import { h } from "../page/dom.js";
import { cells, isRow, row } from "./rows.js";

const QUOTATION = /“([^”]*)” \[(\d{1,3})\]/g;
const NAMED = ": ";
const BETWEEN = " · ";

/**
 * The elements for a block of an answer that consists of quotes with rows, as tables and the lines between them; null
 * for any other block. `sources`: by marker, as text; `cite(source)`: the button for a marker.
 */
export function quotedTable(text, sources, cite) {
  const quotes = [...text.matchAll(QUOTATION)].map(([, quote, number]) => ({ quote, source: sources.get(number) }));
  if (!quotes.length || text.replace(QUOTATION, "").trim()) return null;
  if (!quotes.every(({ quote, source }) => source && letters(source.quote) === letters(quote))) return null;
  if (!quotes.some(({ quote }) => quote.split("\n").some(isRow))) return null;
  const { caption, header } = aboveRows(quotes);
  const named = quotes.find(({ source }) => source.quote === header);
  const head = header ? linesOf(header, named?.source) : [];
  const body = quotes.filter((quote) => quote !== named).flatMap(({ quote, source }) => linesOf(quote, source));
  const parts = runs(body.length ? body : head).map((run) =>
    run[0].isRow ? table(caption, body.length ? head : [], run, cite) : lines(run, cite));
  return h("div", { class: "quoted" }, ...parts);
}

/** A quote with its rows on one line, "Port: Lindholm · Ferries a day: 7"; any other as it is. */
export function inOneLine({ quote, above }) {
  const lines = quote?.split("\n") ?? [];
  if (!lines.some(isRow)) return quote;
  const header = (above?.header ?? "").split("\n");
  const names = columnNames(header);
  const isNamed = (line) => isRow(line) && !header.includes(line);
  const shown = lines.flatMap((line) =>
    cells(line).map(({ text }, at) => (text && isNamed(line) ? named(names[at], text) : text)));
  return shown.filter(Boolean).join(BETWEEN);
}

/** What stands above the first of the quotes that is not itself a header; no caption that is quoted anyway. */
function aboveRows(quotes) {
  const { source } = quotes.find(({ source: { quote, above } }) => quote !== above?.header) ?? quotes[0];
  const { caption = "", header = "" } = source.above ?? {};
  return { caption: quotes.some(({ quote }) => quote.includes(caption)) ? "" : caption, header };
}

/** The cells of each line; the source stands behind the last one. */
function linesOf(text, source = null) {
  const found = text.split("\n").map((line) => {
    return { texts: cells(line).map(({ text: cell }) => cell), isRow: isRow(line), source: null };
  });
  found.at(-1).source = source;
  return found;
}

/** Neighbouring lines that all are rows, or all are none. */
function runs(found) {
  const parts = [];
  for (const line of found) {
    if (parts.at(-1)?.[0].isRow === line.isRow) parts.at(-1).push(line);
    else parts.push([line]);
  }
  return parts;
}

function lines(run, cite) {
  const content = run.map(({ texts, source }) => h("div", {}, ...texts, source && " ", source && cite(source)));
  return h("div", {}, ...content);
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
