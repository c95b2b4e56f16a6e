// Panel: `[1]` in an answer becomes a button that opens the source. Below the answer it lists the sources; below a
// refusal the passages nearest to the question, and advice.
import { button, h } from "../page/dom.js";
import { count } from "../page/quantities.js";
import { evidenceAt } from "../claims/claims.js";
import { offsetsIn, textNodes } from "../claims/offsets.js";
import { inOneLine, quotedTable } from "./quoted_rows.js";
import { openSource } from "./source_view.js";

const MARKER = /\[(\d{1,3})\]/g;
const ADVICE = "Try other words, ask one question at a time, or add a document about it.";
const CLOSEST = "Closest:"; // follows the refusal: "I found nothing in the documents that answers this."
const FOUND_NOTHING = "The model found no answer in the documents.";
const UNGROUNDED = "This answer cites no document. Check it before you rely on it.";
const REMOVED = (number) =>
  `The model cited ${count(number, "source")} that ${number === 1 ? "does" : "do"} not exist; the markers were removed.`;

/** @param {import("../app.js").App} app */
export function mount(app) {
  document.head.append(h("link", { rel: "stylesheet", href: "web/documents/citations.css" }));
  const once = {}; // extra fields for the next question alone
  app.onAsk(() => {
    const fields = { ...once };
    delete once.on_no_evidence;
    return fields;
  });
  app.onEvent("sources", ({ sources }, message) => {
    message.sources = sources;
    message.phase = `Writing from ${count(sources.length, "passage")}`;
  });
  app.shortcuts.add("1-9", "Open source 1 to 9 of the last answer", (key) => openNumbered(app, key));
  app.onBlock((element, message, part) => mark(app, element, message, part));
  app.onFinish((message) => sourceList(app, message));
  app.onFinish((message) => nearestList(app, message));
  app.onFinish((message) => advice(app, message, () => {
    once.on_no_evidence = "answer";
    app.chat.retry();
  }));
}

/** The sources that a message cites; while it streams, those that the model was given. */
function sourcesOf(message) {
  return message.answer?.sources ?? message.sources ?? [];
}

/**
 * Replace quoted rows by a table, and markers by buttons, except in code. A marker opens what its source says to the
 * claim it belongs to.
 */
function mark(app, element, message, part) {
  const sources = new Map(sourcesOf(message).map((source) => [String(source.marker), source]));
  const written = message.content.slice(part.start, part.end);
  const rows = sources.size ? quotedTable(written, sources, (source) => marker(app, source, message)) : null;
  if (rows) return element.replaceWith(rows);
  const offsets = message.answer?.claims?.length ? offsetsIn(element, message.content, part) : null;
  for (const text of sources.size ? textNodes(element) : []) {
    const found = [...text.data.matchAll(MARKER)].filter(([, number]) => sources.has(number));
    if (!found.length || text.parentElement.closest("code")) continue;
    const nodes = [];
    let end = 0;
    for (const { 0: written, 1: number, index } of found) {
      const source = at(sources.get(number), message, offsets?.get(text)[index + 1]);
      nodes.push(text.data.slice(end, index), marker(app, source, message));
      end = index + written.length;
    }
    text.replaceWith(...nodes, text.data.slice(end));
  }
}

/** The source with the span of the claim whose marker is at `offset`; as it is if there is no such claim. */
function at(source, message, offset = -1) {
  return offset < 0 ? source : { ...source, ...evidenceAt(message, offset, source.marker) };
}

function marker(app, source, message) {
  const label = `Source ${source.marker}: ${location(source)}`;
  const onclick = () => openSource(app, source, sourcesOf(message));
  return button({ class: "cite", "aria-label": label, title: location(source), onclick }, String(source.marker));
}

function openNumbered(app, key) {
  const answer = app.chat.messages.findLast(({ role }) => role === "assistant");
  const cited = answer ? sourcesOf(answer) : [];
  const sources = cited.length ? cited : (answer?.answer?.nearest ?? []);
  const source = sources.find(({ marker }) => String(marker) === key);
  if (source) openSource(app, source, sources);
}

function location({ filename, page }) {
  return page ? `${filename}, page ${page}` : filename;
}

function sourceList(app, message) {
  const sources = message.answer?.sources ?? [];
  return sources.length ? listOf(app, sources, { class: "sources", "aria-label": "Sources" }) : null;
}

/** The passages nearest to a question that none of them answers, whole: a wrong refusal should cost a glance. */
function nearestList(app, { answer }) {
  if (!answer?.refusal || !answer.nearest?.length) return null;
  const list = listOf(app, answer.nearest, { class: "sources whole", "aria-label": "Closest passages" });
  return h("div", { class: "nearest" }, h("p", {}, CLOSEST), list);
}

function listOf(app, sources, properties) {
  const entries = sources.map((source) => {
    const onclick = () => openSource(app, source, sources);
    const name = h("span", { class: "name" }, location(source));
    const number = h("span", { class: "number" }, String(source.marker));
    return h("li", {}, button({ onclick }, number, name, h("span", { class: "quote" }, inOneLine(source))));
  });
  return h("ul", properties, ...entries);
}

/** Advice after a refusal, or a warning about an answer without sources. Claims have a legend of their own. */
function advice(app, { answer }, askModel) {
  if (!answer) return null;
  if (answer.refusal) return hint(...refusal(app, answer, askModel));
  if (answer.removed_markers) return hint(h("p", {}, REMOVED(answer.removed_markers)));
  if (answer.grounded === false && !answer.sources.length && !answer.notice) return hint(h("p", {}, UNGROUNDED));
  return null;
}

function refusal(app, { refusal: reason, provider }, askModel) {
  const add = button({ onclick: app.documents.choose }, "Add documents");
  if (reason === "no_documents") return [h("div", { class: "choices" }, add, app.documents.guidesButton())];
  const free = button({ onclick: askModel }, "Answer without documents");
  return [
    h("p", {}, reason === "model_found_nothing" ? `${FOUND_NOTHING} ${ADVICE}` : ADVICE),
    h("div", { class: "choices" }, add, provider !== "extractive" && free),
  ];
}

function hint(...nodes) {
  return h("div", { class: "hint" }, ...nodes);
}
