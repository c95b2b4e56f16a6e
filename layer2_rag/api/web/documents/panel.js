// Panel: the documents that answers are drawn from. Adds `app.documents` for the panels after it.
import { DocumentList } from "./list.js";
import { button, drawing, find, h } from "../page/dom.js";
import { installDropZone } from "./drop_zone.js";
import { ICONS } from "../page/icons.js";
import { Library } from "./library.js";
import { Uploads } from "./uploads.js";
import { clock } from "../chat/waiting.js";

const ACCEPTED = ".pdf,.docx,.txt,.md,.markdown,.html,.htm";
const GUIDE_QUESTIONS = [
  "What is retrieval-augmented generation?",
  "What is an embedding?",
  "How are citations checked?",
];

/** @param {import("../app.js").App} app */
export function mount(app) {
  document.head.append(h("link", { rel: "stylesheet", href: "web/documents/documents.css" }));
  const library = new Library(app.api);
  const uploads = new Uploads(app.api, (uploaded) => library.add(uploaded));
  const files = h("input", { type: "file", multiple: true, accept: ACCEPTED, hidden: true, "aria-label": "Files" });
  files.addEventListener("change", () => {
    uploads.add([...files.files]);
    files.value = ""; // so that choosing the same file again is a change
  });
  app.documents = { choose: () => files.click(), guidesButton: () => guidesButton(library) };

  const label = "Add documents";
  const attach = { class: "quiet", "aria-label": label, title: label, onclick: app.documents.choose };
  app.places.tools.prepend(button(attach, drawing(ICONS.attach)));
  app.places.panels.append(new DocumentList(app, library, app.documents.choose).element, files);
  find("composer").before(uploads.element);
  installDropZone((dropped) => uploads.add(dropped));
  app.shortcuts.add("u", "Add documents", app.documents.choose);
  app.service.onReturn(() => library.load());
  welcome(app, library);

  library.load();
  document.addEventListener("visibilitychange", () => document.hidden || library.more || library.load());
}

/** A button that loads the project's guides, and says how that goes. */
function guidesButton(library) {
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const start = button({ onclick: load }, "Load the project’s guides");

  async function load() {
    start.disabled = true;
    start.textContent = "Loading the guides …";
    problem.hidden = true;
    const stopClock = clock((seconds) => (start.textContent = `Loading the guides, ${seconds} s`));
    try {
      await library.loadGuides();
      start.textContent = "The guides are loaded";
    } catch (error) {
      if (error.code === undefined) throw error;
      problem.textContent = error.message;
      problem.hidden = false;
      start.disabled = false;
      start.textContent = "Try again";
    } finally {
      stopClock();
    }
  }
  return h("span", { class: "guides" }, start, problem);
}

/** What an empty conversation says about the documents. */
function welcome(app, library) {
  const note = h("div", { class: "library-note" });
  app.welcome.note(note);
  let stood = null;
  library.onChange(() => {
    const stands = library.problem ? "failed" : library.documents.length ? "some" : "none";
    const guides = library.documents.some(({ metadata }) => metadata?.guide);
    if (stood === stands + guides) return;
    stood = stands + guides;
    note.replaceChildren(...(stands === "none" ? firstSteps(app) : stands === "some" ? [h("p", {}, READY)] : []));
    app.welcome.suggest(guides ? GUIDE_QUESTIONS : []);
  });
}

const READY = "Ask about your documents. Every answer shows the sentences that it rests on, and where they stand.";

function firstSteps(app) {
  const choose = button({ class: "primary", onclick: app.documents.choose }, "Add documents");
  return [
    h("p", {}, "Drop PDF, Word, text, Markdown or HTML files anywhere on this page, and ask about them. " +
      "Or begin with the guides of this project."),
    h("div", { class: "choices" }, choose, app.documents.guidesButton()),
  ];
}
