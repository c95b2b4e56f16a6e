// Where the characters of a rendered block stand in the Markdown that it was built from.
//
// Letters and digits are the same in both, in the same order, except that the page leaves some out: the number of a
// list item, the language of a fence, the title of a link. So the two texts are aligned by them.

const WORDS = /[\p{L}\p{N}]+/gu;
const NUMBERS = /^[ \t>]*\d{1,9}(?=[.)]\s)/gm; // of list items
const ADDED = "pre .head, .hidden"; // by panels
const PROBE = 8; // letters that have to be equal where the two texts meet again
const REACH = 2000; // letters that the page may leave out at once

/** The text nodes of `element` that come from its Markdown: without the header of a code block and hidden words. */
export function textNodes(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found.filter(({ parentElement }) => !parentElement.closest(ADDED));
}

/** The offset in `text` of each UTF-16 unit of each text node of `element`, which was built from `start..end`; or -1. */
export function offsetsIn(element, text, { start, end }) {
  const blank = (number) => " ".repeat(number.length);
  const wanted = units(text.slice(start, end).replace(NUMBERS, blank));
  const nodes = textNodes(element).map((node) => ({ node, units: units(node.data) }));
  const found = aligned(wanted.letters, nodes.map(({ units: { letters } }) => letters).join(""));
  const result = new Map();
  let next = 0;
  for (const { node, units: { at } } of nodes) {
    const offsets = new Int32Array(node.data.length).fill(-1);
    for (const index of at) {
      const place = found[next++];
      if (place >= 0) offsets[index] = start + wanted.at[place];
    }
    result.set(node, spread(offsets, node.data, text));
  }
  return result;
}

/** The letters and digits of a text, and the offset of each of their UTF-16 units. */
function units(text) {
  const at = [];
  let letters = "";
  for (const { 0: word, index } of text.matchAll(WORDS)) {
    letters += word;
    for (let unit = 0; unit < word.length; unit += 1) at.push(index + unit);
  }
  return { letters, at };
}

/** For each unit of `rendered`, its index in `wanted`, or -1. */
function aligned(wanted, rendered) {
  const found = new Int32Array(rendered.length).fill(-1);
  let at = 0;
  for (let index = 0; index < rendered.length; index += 1) {
    if (wanted[at] !== rendered[index]) {
      const skipped = wanted.slice(at, at + REACH).indexOf(rendered.slice(index, index + PROBE));
      if (skipped < 0) continue;
      at += skipped;
    }
    found[index] = at;
    at += 1;
  }
  return found;
}

/** Extend the offsets to the neighbours of letters that are the same in the text: punctuation and spaces. */
function spread(offsets, data, text) {
  const extend = (index, from, step) => {
    const known = offsets[index] < 0 && offsets[from] >= 0;
    if (known && text[offsets[from] + step] === data[index]) offsets[index] = offsets[from] + step;
  };
  for (let index = 1; index < data.length; index += 1) extend(index, index - 1, 1);
  for (let index = data.length - 2; index >= 0; index -= 1) extend(index, index + 1, -1);
  return offsets;
}
