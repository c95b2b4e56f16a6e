// Panel: underlines the sentences of an answer that its sources do not support, and says so below the answer.
import { h } from "../page/dom.js";
import { claimsOf } from "./claims.js";
import { offsetsIn } from "./offsets.js";

const LEGEND = "Underlined sentences are not supported by the sources.";
const SPOKEN = " (not supported by the sources)"; // for screen readers, after each such sentence
const marked = new WeakSet(); // messages with an underlined sentence

/** @param {import("../app.js").App} app */
export function mount(app) {
  document.head.append(h("link", { rel: "stylesheet", href: "web/claims/claims.css" }));
  app.onBlock(mark);
  app.onFinish((message) => (marked.has(message) ? h("p", { class: "legend" }, h("span", {}), LEGEND) : null));
}

function mark(element, message, part) {
  const unsupported = claimsOf(message).filter(({ support, start, end }) =>
    support === "unsupported" && start < part.end && end > part.start);
  if (!unsupported.length) return;
  const offsets = offsetsIn(element, message.content, part);
  for (const claim of unsupported.reverse()) { // a text node that is split keeps its beginning, with its offsets
    const ranges = [...offsets].map(([node, at]) => rangeIn(node, at, claim)).filter(Boolean);
    const underlined = ranges.map(underline);
    underlined.at(-1)?.append(h("span", { class: "hidden" }, SPOKEN));
    if (underlined.length) marked.add(message);
  }
}

/** The part of a text node that is in the claim; null if there is none, and for code. */
function rangeIn(node, offsets, { start, end }) {
  if (!node.parentElement || node.parentElement.closest("code")) return null;
  const inside = (offset) => offset >= start && offset < end;
  const first = offsets.findIndex(inside);
  const last = offsets.findLastIndex(inside);
  if (first < 0 || !node.data.slice(first, last + 1).trim()) return null;
  const range = document.createRange();
  range.setStart(node, first);
  range.setEnd(node, last + 1);
  return range;
}

function underline(range) {
  const element = h("span", { class: "unsupported" });
  range.surroundContents(element);
  return element;
}
