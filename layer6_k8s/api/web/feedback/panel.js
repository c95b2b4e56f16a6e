// Panel: thumbs below each stored answer. A thumb down asks why; a thumb that is pressed again is withdrawn.
import { h } from "../page/dom.js";
import { Rating } from "./rating.js";

/** @param {import("../app.js").App} app */
export function mount(app) {
  document.head.append(h("link", { rel: "stylesheet", href: "web/feedback/feedback.css" }));
  app.onFinish((message) => (message.answer?.message_id ? new Rating(app, message).element : null));
}
