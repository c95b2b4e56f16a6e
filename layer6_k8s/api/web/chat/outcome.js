// How an answer ended, in words: stopped, failed, cut off, filtered; and the service's notice about it.
import { button, h } from "../page/dom.js";
import { inline } from "../markdown/markdown.js";

const STOPPED = "Answer stopped.";
const CUT_OFF = "The answer was cut off at its limit of tokens.";
const FILTERED = "The model’s content filter ended the answer.";

/** The nodes below the text of an answer that has ended. */
export function outcome(app, { state, problem, answer }) {
  if (state === "stopped") return [h("p", { class: "note" }, STOPPED)];
  if (state === "failed") return [failure(problem)];
  const remarks = [answer?.notice && h("p", {}, ...inline(answer.notice)), ...ending(app, answer)].filter(Boolean);
  return remarks.length ? [h("div", { class: "hint" }, ...remarks)] : [];
}

function failure({ detail, requestId }) {
  const id = requestId && h("small", {}, `Request ${requestId}`);
  return h("div", { class: "problem", role: "alert" }, h("p", {}, ...inline(detail)), id);
}

function ending(app, answer) {
  if (answer?.finish_reason === "content_filter") return [h("p", {}, FILTERED)];
  if (answer?.finish_reason !== "length") return [];
  const more = button({ onclick: () => app.chat.ask("Continue.") }, "Continue");
  return [h("p", {}, CUT_OFF), h("div", { class: "choices continue" }, more)];
}
