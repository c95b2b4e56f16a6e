// Markdown as blocks of DOM nodes, for text that nobody vouches for: see inline.js for what links become.
import { h } from "../page/dom.js";
import { inline } from "./inline.js";

const DEEPEST = 5;
const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([\w+#.-]*)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*)$/;
const RULE = /^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( {1,4}|$)/;
const TABLE_RULE = /^ {0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/**
 * The blocks of a text in order, as `{ source, build }`: the same source always builds the same element, so a
 * growing answer needs only its last blocks built anew.
 */
export function blocks(text, depth = 0) {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const found = [];
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim()) {
      at += 1;
      continue;
    }
    const { end, build } = depth < DEEPEST ? block(lines, at, depth) : paragraph(lines, at);
    found.push({ source: lines.slice(at, end).join("\n"), build });
    at = end;
  }
  return found;
}

function block(lines, at, depth) {
  const line = lines[at];
  if (FENCE.test(line)) return fence(lines, at);
  if (HEADING.test(line)) return heading(lines, at);
  if (RULE.test(line)) return { end: at + 1, build: () => h("hr") };
  if (QUOTE.test(line)) return quote(lines, at, depth);
  if (ITEM.test(line)) return list(lines, at, depth);
  if (startsTable(lines, at)) return table(lines, at);
  return paragraph(lines, at);
}

/** Build all blocks of a text that does not grow. */
function built(text, depth) {
  return blocks(text, depth).map((found) => found.build());
}

function fence(lines, at) {
  const [, mark, language] = FENCE.exec(lines[at]);
  let end = at + 1;
  while (end < lines.length && !lines[end].trim().startsWith(mark)) end += 1;
  const code = lines.slice(at + 1, end).join("\n");
  const build = () => h("pre", { tabindex: 0, "data-language": language || null }, h("code", {}, code));
  return { end: Math.min(end + 1, lines.length), build };
}

function heading(lines, at) {
  const [, marks, text] = HEADING.exec(lines[at]);
  const level = Math.min(marks.length + 2, 6); // the page's own headings are h1 and h2
  return { end: at + 1, build: () => h(`h${level}`, {}, ...inline(text.trimEnd().replace(/ #+$/, ""))) };
}

function quote(lines, at, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const text = lines.slice(at, end).map((line) => line.replace(QUOTE, "")).join("\n");
  return { end, build: () => h("blockquote", {}, ...built(text, depth + 1)) };
}

function list(lines, at, depth) {
  const [, , first] = ITEM.exec(lines[at]);
  const ordered = /\d/.test(first);
  const items = [];
  let end = at;
  for (let item = ITEM.exec(lines[end]); item && /\d/.test(item[2]) === ordered; item = ITEM.exec(lines[end] ?? "")) {
    const width = item[0].length;
    const start = end;
    for (end += 1; end < lines.length && continues(lines, end, width); end += 1);
    items.push([lines[start].slice(width), ...lines.slice(start + 1, end).map((line) => dedent(line, width))]);
  }
  const start = ordered && parseInt(first, 10) !== 1 ? parseInt(first, 10) : null;
  const entry = (item) => h("li", {}, ...itemNodes(item, depth));
  return { end, build: () => h(ordered ? "ol" : "ul", { start }, ...items.map(entry)) };
}

/** Whether a line still belongs to a list item whose text starts at column `width`. */
function continues(lines, at, width) {
  const line = lines[at];
  const indent = /^ */.exec(line)[0].length;
  if (!line.trim()) return /^ {2,}\S/.test(lines[at + 1] ?? "") || ITEM.test(lines[at + 1] ?? "");
  return indent >= Math.min(width, 2) || (!startsBlock(lines, at) && lines[at - 1].trim() !== "");
}

function dedent(line, width) {
  return line.slice(Math.min(/^ */.exec(line)[0].length, width));
}

function itemNodes(lines, depth) {
  const nodes = built(lines.join("\n"), depth + 1);
  return nodes.flatMap((node) => (node.tagName === "P" && nodes[0] === node ? [...node.childNodes] : [node]));
}

function startsTable(lines, at) {
  const next = lines[at + 1] ?? "";
  return lines[at].includes("|") && next.includes("-") && next.length < 1000 && TABLE_RULE.test(next);
}

function table(lines, at) {
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const row = (line, tag) => h("tr", {}, ...cells(line).map((cell) => h(cell ? tag : "td", {}, ...inline(cell))));
  const head = () => h("thead", {}, row(lines[at], "th"));
  const body = () => h("tbody", {}, ...lines.slice(at + 2, end).map((line) => row(line, "td")));
  const build = () => h("div", { class: "table", tabindex: 0 }, h("table", {}, head(), body()));
  return { end, build };
}

function cells(line) {
  return line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
}

function startsBlock(lines, at) {
  const line = lines[at];
  return [FENCE, HEADING, RULE, QUOTE, ITEM].some((kind) => kind.test(line)) || startsTable(lines, at);
}

function paragraph(lines, at) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !startsBlock(lines, end)) end += 1;
  const text = lines.slice(at, end).map((line) => line.trim()).join("\n");
  return { end, build: () => h("p", {}, ...inline(text)) };
}
