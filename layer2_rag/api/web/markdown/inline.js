// Markdown within a line: emphasis, code, and links that lead nowhere.
//
// A model repeats what a document says, and a document may say anything. So a link becomes its text followed by
// its address, an image becomes its description and its address, and markup stays text: nothing that arrives
// can load, send or run anything.
import { h } from "../page/dom.js";

const DEEPEST = 6;
const LONGEST_LINK = 2000;
const MARKS = [
  { mark: "**", tag: "strong" },
  { mark: "__", tag: "strong" },
  { mark: "~~", tag: "s" },
  { mark: "*", tag: "em" },
  { mark: "_", tag: "em" },
];

/** The nodes for a piece of text. Linear in its length, whatever it holds. */
export function inline(text, depth = 0) {
  const nodes = [];
  const unclosed = new Set(); // marks that have no end in the rest of the text, so that none is looked for twice
  let plain = "";
  let at = 0;
  const flush = () => {
    if (plain) nodes.push(plain);
    plain = "";
  };
  while (at < text.length) {
    const found = special(text, at, depth, unclosed);
    if (found) {
      flush();
      nodes.push(found.node);
      at = found.end;
    } else if (text[at] === "\\" && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1];
      at += 2;
    } else {
      const run = /^[\p{L}\p{N} ,.;:]+/u.exec(text.slice(at, at + 64))?.[0] ?? text[at];
      plain += run;
      at += run.length;
    }
  }
  flush();
  return nodes;
}

function special(text, at, depth, unclosed) {
  switch (text[at]) {
    case "\n":
      return { node: h("br"), end: at + 1 };
    case "`":
      return code(text, at, unclosed);
    case "!":
      return text[at + 1] === "[" ? link(text, at + 1, depth) : null;
    case "[":
      return link(text, at, depth);
    case "*":
    case "_":
    case "~":
      return depth < DEEPEST ? emphasis(text, at, depth, unclosed) : null;
    default:
      return null;
  }
}

function code(text, at, unclosed) {
  const runs = /`+/g;
  runs.lastIndex = at;
  const open = runs.exec(text)[0];
  const start = at + open.length;
  for (let run = unclosed.has(open) ? null : runs.exec(text); run; run = runs.exec(text)) {
    if (run[0] === open) return { node: h("code", {}, text.slice(start, run.index).trim()), end: runs.lastIndex };
  }
  unclosed.add(open);
  return { node: open, end: start };
}

function emphasis(text, at, depth, unclosed) {
  const kind = MARKS.find(({ mark }) => text.startsWith(mark, at) && !unclosed.has(mark));
  if (!kind) return null;
  const { mark, tag } = kind;
  const start = at + mark.length;
  const inWord = mark[0] === "_" && /[\p{L}\p{N}]/u.test(text[at - 1] ?? "");
  if (inWord || /\s/.test(text[start] ?? " ")) return null;
  const end = closing(text, start, mark);
  if (end < 0) {
    unclosed.add(mark);
    return null;
  }
  return { node: h(tag, {}, ...inline(text.slice(start, end), depth + 1)), end: end + mark.length };
}

/** Where the mark stands as an end: after text, not inside a longer mark, and `_` not inside a word. */
function closing(text, from, mark) {
  for (let end = text.indexOf(mark, from + 1); end >= 0; end = text.indexOf(mark, end + 1)) {
    while (mark.length === 2 && text[end + 2] === mark[0]) end += 1; // the last two of `***`
    const before = text[end - 1];
    const after = text[end + mark.length] ?? " ";
    const longer = mark.length === 1 && (before === mark || after === mark);
    const inWord = mark[0] === "_" && /[\p{L}\p{N}]/u.test(after);
    if (!/\s/.test(before) && !longer && !inWord) return end;
  }
  return -1;
}

/** `[text](address)` as text and address. */
function link(text, at, depth) {
  const match = /^\[([^\][]*)\]\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)?)>?(?:\s+"[^"]*")?\s*\)/.exec(
    text.slice(at, at + LONGEST_LINK),
  );
  if (!match) return null;
  const [whole, label, address] = match;
  const shown = address ? h("span", { class: "address" }, ` (${address})`) : "";
  return { node: h("span", {}, ...inline(label, depth + 1), shown), end: at + whole.length };
}
