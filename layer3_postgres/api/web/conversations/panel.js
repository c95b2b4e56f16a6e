// Panel: the conversations that the service keeps. They take the place of what earlier layers kept in the browser.
import { Current } from "./current.js";
import { ConversationList } from "./list.js";
import { Conversations } from "./store.js";
import { h } from "../page/dom.js";

const NOT_KEPT = "This answer could not be stored: the next one will not know of it.";
const LOST = "This conversation has been deleted. “Try again” begins a new one.";

/** @param {import("../app.js").App} app */
export function mount(app) {
  document.head.append(h("link", { rel: "stylesheet", href: "web/conversations/conversations.css" }));
  const store = new Conversations(app.api);
  const current = new Current(app, store);
  app.history = current;
  app.places.panels.prepend(new ConversationList(app, store, current).element);
  app.onAsk((messages) => current.fields(messages));
  app.onEvent("done", (answer, message) => current.answered(answer, message));
  app.onFinish((message) => trouble(current, message));
  app.service.onReturn(() => store.load());
  app.shortcuts.add("j", "Go to the next older conversation", () => step(store, current, 1));
  app.shortcuts.add("k", "Go to the next newer conversation", () => step(store, current, -1));
  store.load();
  document.addEventListener("visibilitychange", () => document.hidden || store.load());
}

function step({ conversations }, current, by) {
  const at = conversations.findIndex(({ id }) => id === current.id);
  const to = conversations[at + by];
  if (to) current.open(to.id);
}

/** What to know of an answer that the service does not keep. */
function trouble(current, { state, answer, problem }) {
  if (problem?.code === "conversation_not_found") {
    if (current.id) current.lost();
    return h("p", { class: "note" }, LOST);
  }
  return state === "done" && answer && !answer.message_id ? h("p", { class: "note" }, NOT_KEPT) : null;
}
