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
  const last = new Map(); // the last element of each claim
  const passages = passagesIn(offsetsIn(element, message.content, part), unsupported);
  for (const { claim, node, first, end } of passages.reverse()) { // a node that is split keeps its beginning
    const underlined = underline(node, first, end);
    if (!last.has(claim)) last.set(claim, underlined);
  }
  for (const underlined of last.values()) underlined.append(h("span", { class: "hidden" }, SPOKEN));
  if (last.size) marked.add(message);
}

/** The parts of text nodes that are in a claim, in order, except in code; both offsets and claims ascend. */
function passagesIn(offsets, claims) {
  const found = [];
  let next = 0;
  for (const [node, at] of offsets) {
    at.forEach((offset, index) => {
      while (next < claims.length && offset >= claims[next].end) next += 1;
      if (offset < 0 || !(offset >= claims[next]?.start)) return;
      const open = found.at(-1);
      if (open?.node === node && open.claim === claims[next]) open.end = index + 1;
      else found.push({ claim: claims[next], node, first: index, end: index + 1 });
    });
  }
  const visible = ({ node, first, end }) => node.data.slice(first, end).trim() && !node.parentElement.closest("code");
  return found.filter(visible);
}

function underline(node, first, end) {
  node.splitText(end);
  const text = node.splitText(first);
  const element = h("span", { class: "unsupported" });
  text.replaceWith(element);
  element.append(text);
  return element;
}
