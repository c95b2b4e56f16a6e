// The form below a thumb down: a reason, a comment, and what would be right.
import { button, h } from "../page/dom.js";

const REASONS = {
  wrong: "It is wrong",
  incomplete: "Something is missing",
  off_topic: "It answers another question",
  bad_source: "A source does not fit",
  other: "Something else",
};
const COMMENT = { maxlength: 4000, rows: 2 }; // the service's limits
const CORRECTION = { maxlength: 8000, rows: 2 };

export class Details {
  #form;

  /** `given`: what the service keeps already; `send(details)` and `cancel()` end it. */
  constructor(id, given, send, cancel) {
    const reasons = Object.entries(REASONS).map(([value, text]) => reason(id, value, text, given?.reason === value));
    this.#form = h(
      "form",
      { class: "details" },
      h("fieldset", {}, h("legend", {}, "What is wrong with it?"), ...reasons),
      field("comment", "Comment (optional)", COMMENT, given?.comment),
      field("correction", "What would be right? (optional)", CORRECTION, given?.correction),
      h(
        "div",
        { class: "actions" },
        h("button", { type: "submit", class: "primary small" }, "Send feedback"),
        button({ class: "quiet small", onclick: cancel }, "Not now"),
      ),
    );
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(this.#written());
    });
    this.element = this.#form;
  }

  focus() {
    const radios = [...this.#form.querySelectorAll("input")];
    (radios.find(({ checked }) => checked) ?? radios[0]).focus();
    this.#form.scrollIntoView({ block: "nearest" });
  }

  /** What is written; without empty fields. */
  #written() {
    const written = new FormData(this.#form);
    const values = ["reason", "comment", "correction"].map((name) => [name, written.get(name)?.trim()]);
    return Object.fromEntries(values.filter(([, value]) => value));
  }
}

function reason(id, value, text, checked) {
  return h("label", {}, h("input", { type: "radio", name: "reason", id: `${id}-${value}`, value, checked }), text);
}

function field(name, label, properties, text) {
  return h("label", { class: "field" }, label, h("textarea", { name, dir: "auto", ...properties }, text ?? ""));
}
