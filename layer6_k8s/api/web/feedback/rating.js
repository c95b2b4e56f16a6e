// The thumbs below one answer. `message.feedback` is what the service keeps: `{ rating, reason, comment, correction }`.
import { button, drawing, h } from "../page/dom.js";
import { Details } from "./details.js";

const THUMB = "M7.5 11v9H4v-9zM7.5 11l3.7-7.4a2.3 2.3 0 0 1 2.3 2.3V9.5h5a2 2 0 0 1 2 2.3l-1.1 6.5a2 2 0 0 1-2 1.7H7.5";
const THANKS = { up: "Thank you.", down: "Thank you. You can say why." };
const WITHDRAWN = "Your rating was withdrawn.";

export class Rating {
  #app;
  #message;
  #up = thumb("up", "Good answer", () => this.#toggle("up"));
  #down = thumb("down", "Bad answer", () => this.#toggle("down"));
  #undo = button({ class: "quiet small undo", hidden: true, onclick: () => this.#undone() }, "Undo");
  #why = button({ class: "quiet small", hidden: true, onclick: () => this.#open() }, "Say why");
  #said = h("span", { class: "said", role: "status" });
  #problem = h("p", { class: "problem", role: "alert", hidden: true });
  #below = h("div");
  #details = null;

  constructor(app, message) {
    this.#app = app;
    this.#message = message;
    const row = h("div", { class: "thumbs" }, this.#up, this.#down, this.#undo, this.#why, this.#said);
    this.element = h("div", { class: "feedback", role: "group", "aria-label": "Rate this answer" }, row);
    this.element.append(this.#problem, this.#below);
    this.#show();
  }

  get #id() {
    return this.#message.answer.message_id;
  }

  async #toggle(rating) {
    const pressed = this.#message.feedback?.rating === rating;
    const sent = pressed ? await this.#withdraw() : await this.#rate({ rating }, THANKS[rating]);
    if (!sent) return;
    if (!pressed && rating === "down") this.#open();
    else this.#close();
  }

  async #undone() {
    if (!(await this.#withdraw())) return;
    this.#close();
    this.#up.focus(); // the button that had the focus is gone
  }

  #rate(rated, said) {
    return this.#send(async () => {
      const body = { message_id: this.#id, ...rated };
      this.#message.feedback = await (await this.#app.api.postJson("feedback", body)).json();
    }, said);
  }

  #withdraw() {
    return this.#send(async () => {
      try {
        await this.#app.api.request(`feedback/${this.#id}`, { method: "DELETE" });
      } catch (error) {
        if (error.code !== "feedback_not_found") throw error; // withdrawn in another window
      }
      this.#message.feedback = null;
    }, WITHDRAWN);
  }

  /** Whether the request succeeded; the page shows its error. */
  async #send(request, said) {
    if (this.element.ariaBusy) return false;
    this.element.ariaBusy = "true";
    this.#problem.hidden = true;
    try {
      await request();
    } catch (error) {
      if (!(error instanceof this.#app.api.Problem)) throw error;
      this.#problem.textContent = error.message;
      this.#problem.hidden = false;
      return false;
    } finally {
      this.element.ariaBusy = null;
    }
    this.#said.textContent = said;
    this.#show();
    return true;
  }

  #show() {
    const rating = this.#message.feedback?.rating;
    this.#up.ariaPressed = String(rating === "up");
    this.#down.ariaPressed = String(rating === "down");
    this.#undo.hidden = !rating;
    this.#why.hidden = rating !== "down" || this.#details !== null;
  }

  #open() {
    const send = async (details) => {
      if (await this.#rate({ rating: "down", ...details }, "Thank you. Your words are kept.")) this.#closeToThumb();
    };
    this.#details = new Details(this.#id, this.#message.feedback, send, () => this.#closeToThumb());
    this.#below.replaceChildren(this.#details.element);
    this.#show();
    this.#details.focus();
  }

  #close() {
    this.#details = null;
    this.#below.replaceChildren();
    this.#show();
  }

  #closeToThumb() {
    this.#close();
    this.#down.focus();
  }
}

function thumb(rating, label, onclick) {
  const properties = { class: `quiet small thumb ${rating}`, "aria-label": label, title: label, onclick };
  return button(properties, drawing(THUMB));
}
