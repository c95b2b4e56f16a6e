// Panel: `[1]` in an answer becomes a button that opens the source. Below the answer it lists the sources or, if there
// are none, gives advice.
import { button, h } from "../page/dom.js";
import { count } from "../page/quantities.js";
import { openSource } from "./source_view.js";

const MARKER = /\[(\d{1,3})\]/g;

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
  app.onBlock((element, message) => mark(app, element, message));
  app.onFinish((message) => sourceList(app, message));
  app.onFinish((message) => advice(app, message, () => {
    once.on_no_evidence = "answer";
    app.chat.retry();
  }));
}

/** The sources that a message cites; while it streams, those that the model was given. */
function sourcesOf(message) {
  return message.answer?.sources ?? message.sources ?? [];
}

/** Replace markers with buttons, except in code. */
function mark(app, element, message) {
  const sources = new Map(sourcesOf(message).map((source) => [String(source.marker), source]));
  if (!sources.size) return;
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("code")) texts.push(walker.currentNode);
  for (const text of texts) {
    const parts = text.data.split(MARKER); // alternately text and marker
    if (parts.length === 1) continue;
    const known = (part) => (sources.has(part) ? marker(app, sources.get(part), message) : `[${part}]`);
    text.replaceWith(...parts.map((part, index) => (index % 2 ? known(part) : part)));
  }
}

function marker(app, source, message) {
  const label = `Source ${source.marker}: ${location(source)}`;
  const onclick = () => openSource(app, source, sourcesOf(message));
  return button({ class: "cite", "aria-label": label, title: location(source), onclick }, String(source.marker));
}

function openNumbered(app, key) {
  const answer = app.chat.messages.findLast(({ role }) => role === "assistant");
  const sources = answer ? sourcesOf(answer) : [];
  const source = sources.find(({ marker }) => String(marker) === key);
  if (source) openSource(app, source, sources);
}

function location({ filename, page }) {
  return page ? `${filename}, page ${page}` : filename;
}

function sourceList(app, message) {
  const sources = message.answer?.sources ?? [];
  if (!sources.length) return null;
  const entries = sources.map((source) => {
    const onclick = () => openSource(app, source, sources);
    const name = h("span", { class: "name" }, location(source));
    const number = h("span", { class: "number" }, String(source.marker));
    return h("li", {}, button({ onclick }, number, name, h("span", { class: "quote" }, source.quote)));
  });
  return h("ul", { class: "sources", "aria-label": "Sources" }, ...entries);
}

/** Advice after a refusal, or a warning about an answer without sources. */
function advice(app, { answer }, askModel) {
  if (!answer) return null;
  if (answer.refusal) return hint(...refusal(app, answer, askModel));
  if (answer.removed_markers) return hint(h("p", {}, REMOVED(answer.removed_markers)));
  if (answer.grounded === false) return hint(h("p", {}, UNGROUNDED));
  return null;
}

const UNGROUNDED = "This answer cites no document. Check it before you rely on it.";
const REMOVED = (number) =>
  `The model cited ${count(number, "source")} that ${number === 1 ? "does" : "do"} not exist; the markers were removed.`;

function refusal(app, { refusal: reason, provider }, askModel) {
  const add = button({ onclick: app.documents.choose }, "Add documents");
  if (reason === "no_documents") return [h("div", { class: "choices" }, add, app.documents.guidesButton())];
  const free = button({ onclick: askModel }, "Answer without documents");
  return [
    h("p", {}, "Try other words, ask one question at a time, or add a document about it."),
    h("div", { class: "choices" }, add, provider !== "extractive" && free),
  ];
}

function hint(...nodes) {
  return h("div", { class: "hint" }, ...nodes);
}
