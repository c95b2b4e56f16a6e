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
  return [answer?.notice && hint(h("p", {}, ...inline(answer.notice))), ending(app, answer)].filter(Boolean);
}

function failure({ detail, requestId }) {
  const id = requestId && h("small", {}, `Request ${requestId}`);
  return h("div", { class: "problem", role: "alert" }, h("p", {}, ...inline(detail)), id);
}

function ending(app, answer) {
  if (answer?.finish_reason === "content_filter") return hint(h("p", {}, FILTERED));
  if (answer?.finish_reason !== "length") return null;
  const more = button({ onclick: () => app.chat.ask("Continue.") }, "Continue");
  return hint(h("p", {}, CUT_OFF), h("div", { class: "choices continue" }, more));
}

function hint(...nodes) {
  return h("div", { class: "hint" }, ...nodes);
}
