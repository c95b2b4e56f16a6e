// Untrusted Markdown as DOM nodes: markdown-it parses the text, elements.js builds the elements.
import MarkdownIt from "../vendor/markdown-it.js";
import { nodes } from "./elements.js";

const MAX_LEVEL = 80; // a list counts as two levels, a quote as one; markdown-it drops text below level 100

const parser = new MarkdownIt({ html: false, linkify: false, breaks: true });
parser.core.ruler.enableOnly(["normalize", "block"]); // inline text is parsed when its block is built
parser.disable([
  "reference", // a line `[1]: …` would turn the citation `[1]` into a link
  "lheading", // the first hyphen of a list would turn the line above it into a heading while the answer streams
  "code", // an indented line of a quoted document is rarely code
  "entity", // `&amp;` is shown as written
]);
parser.normalizeLink = parser.normalizeLinkText = (address) => address; // shown as written
parser.block.ruler.before("table", "too_deep", tooDeep);

/**
 * The blocks of a text in order, as `{ source, start, end, build }`: a block is the text's `start..end`. The same source
 * always builds the same element, so while an answer grows only its last blocks are built again.
 */
export function blocks(text) {
  const begins = lineBegins(text);
  const found = [];
  let tokens = [];
  for (const token of parser.parse(text, {})) {
    tokens.push(token);
    if (token.level > 0 || token.nesting > 0) continue;
    const [start, end] = tokens[0].map.map((line) => begins[line] ?? text.length);
    found.push({ source: text.slice(start, end), start, end, build: build.bind(null, tokens) });
    tokens = [];
  }
  return found;
}

/** The offset of each line, as markdown-it counts them. */
function lineBegins(text) {
  return [0, ...Array.from(text.matchAll(/\r\n?|\n/g), ({ index, 0: end }) => index + end.length)];
}

/** The nodes for text within a block: emphasis, code, links. */
export function inline(text) {
  return nodes(parsed(text));
}

function build(tokens) {
  const [element] = nodes(tokens.flatMap((token) => (token.type === "inline" ? parsed(token.content) : [token])));
  return element;
}

function parsed(text) {
  const tokens = [];
  parser.inline.parse(text, parser, {}, tokens);
  return tokens;
}

/** A markdown-it rule: below MAX_LEVEL, the rest of the enclosing block becomes one paragraph. */
function tooDeep(state, start, end) {
  if (state.level < MAX_LEVEL) return false;
  state.push("paragraph_open", "p", 1);
  state.push("inline", "", 0).content = state.getLines(start, end, state.blkIndent, false).trim();
  state.push("paragraph_close", "p", -1);
  state.line = end;
  return true;
}
