// The start page: what an empty conversation shows.
import { button, h } from "../page/dom.js";

const FIRST_QUESTIONS = [
  "Water boils at 100 °C at sea level and at 71 °C on Mount Everest. At what temperature does it boil on Everest?",
  "What can you do?",
];

export class Welcome {
  #section;
  #notes = h("div", { class: "notes" });
  #questions = h("div", { class: "suggestions" });
  #ask;

  constructor(section, ask) {
    this.#section = section;
    this.#ask = ask;
    section.append(this.#notes, this.#questions);
    this.suggest(FIRST_QUESTIONS);
  }

  toggle(shown) {
    this.#section.hidden = !shown;
  }

  /** Add a note. The panel may change the node later. */
  note(node) {
    this.#notes.append(node);
  }

  /** Replace the suggested questions. */
  suggest(questions) {
    this.#questions.replaceChildren(...questions.map((text) => button({ onclick: () => this.#ask(text) }, text)));
    this.#notes.toggleAttribute("tabindex", false);
    if (!questions.length) this.#notes.tabIndex = 0; // with no button, the keyboard could not scroll a narrow page
  }
}
