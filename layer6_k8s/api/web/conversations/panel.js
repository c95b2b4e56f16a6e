// Panel: the conversations that the service stores. They replace the storage in the browser of earlier layers.
import { Current } from "./current.js";
import { ConversationList } from "./list.js";
import { Conversations } from "./store.js";
import { h } from "../page/dom.js";

const NOT_SAVED = "This answer could not be saved, so follow-up questions will not see it.";
const DELETED = "This conversation has been deleted. “Try again” starts a new one.";

/** @param {import("../app.js").App} app */
export function mount(app) {
  document.head.append(h("link", { rel: "stylesheet", href: "web/conversations/conversations.css" }));
  const store = new Conversations(app.api);
  const current = new Current(app, store);
  app.history = current;
  app.slots.panels.prepend(new ConversationList(app, store, current).element);
  app.onAsk((messages) => current.fields(messages));
  app.onEvent("done", (answer, message) => current.answered(answer, message));
  app.onFinish((message) => warning(current, message));
  app.service.onReturn(() => store.load());
  app.shortcuts.add("j", "Open the next older conversation", () => step(store, current, 1));
  app.shortcuts.add("k", "Open the next newer conversation", () => step(store, current, -1));
  store.load();
  document.addEventListener("visibilitychange", () => document.hidden || store.load());
}

function step({ list }, current, by) {
  const at = list.findIndex(({ id }) => id === current.id);
  const to = list[at + by];
  if (to) current.open(to.id);
}

/** A note below an answer that the service did not store. */
function warning(current, { state, answer, problem }) {
  if (problem?.code === "conversation_not_found") {
    if (current.id) current.wasDeleted();
    return h("p", { class: "note" }, DELETED);
  }
  return state === "done" && answer && !answer.message_id ? h("p", { class: "note" }, NOT_SAVED) : null;
}
