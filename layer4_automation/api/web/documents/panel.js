// Panel: the documents that answers are based on. Adds `app.documents` for later panels:
// - `choose()` opens the file dialog, whose input is `files`; `guidesButton()` is the button that loads the guides;
// - `add(files, dataTransfer)` uploads what was chosen or dropped; a panel may replace it;
// - `store` holds the documents, `section` shows them, `uploads` shows the uploads;
// - `readAgain` is how a document that an older version read is read again; a panel may replace it;
// - `views`: each `(document id, document or source)` → node or null, shown above the document's text.
import { followAddress } from "./address.js";
import { DocumentList } from "./list.js";
import { button, drawing, find, h } from "../page/dom.js";
import { installDropZone } from "./drop_zone.js";
import { guidesButton } from "./guides.js";
import { ICONS } from "../page/icons.js";
import { fromTheFile } from "./reading.js";
import { Documents } from "./store.js";
import { Uploads } from "./uploads.js";

const ACCEPTED =
  ".pdf,.docx,.doc,.odt,.rtf,.epub,.pptx,.ppt,.odp,.xlsx,.xlsm,.xls,.ods,.csv,.tsv,.json,.jsonl,.ndjson,.xml,.eml," +
  ".msg,.vtt,.srt,.txt,.log,.md,.markdown,.html,.htm,.png,.jpg,.jpeg,.tif,.tiff,.webp";
const GUIDE_QUESTIONS = [
  "What is retrieval-augmented generation?",
  "What is an embedding?",
  "How are citations checked?",
];
const READY = "Ask about your documents. Each answer shows the sentences it is based on and where they are.";
const FIRST_STEPS =
  "Drop PDF, Office, text, Markdown, HTML, CSV, JSON or e-mail files anywhere on this page, and ask about them. " +
  "Or start with the guides of this project.";

/** @param {import("../app.js").App} app */
export function mount(app) {
  document.head.append(h("link", { rel: "stylesheet", href: "web/documents/documents.css" }));
  const documents = new Documents(app.api);
  const uploads = new Uploads(app.api, (uploaded, replaced) => documents.add(uploaded, replaced));
  const files = h("input", { type: "file", multiple: true, accept: ACCEPTED, hidden: true, "aria-label": "Files" });
  files.addEventListener("change", () => {
    app.documents.add([...files.files]);
    files.value = ""; // choosing the same file again is a change then
  });
  app.documents = {
    choose: () => files.click(),
    guidesButton: () => guidesButton(documents),
    add: (added) => uploads.add(added),
    store: documents,
    files,
    uploads,
    readAgain: fromTheFile(uploads, ACCEPTED),
    views: [],
  };

  const label = "Add documents";
  const attach = { class: "quiet", "aria-label": label, title: label, onclick: app.documents.choose };
  app.slots.tools.prepend(button(attach, drawing(ICONS.attach)));
  app.documents.section = new DocumentList(app, documents, app.documents.choose).element;
  app.slots.panels.append(app.documents.section, files);
  find("composer").before(uploads.element);
  installDropZone((dropped, dataTransfer) => app.documents.add(dropped, dataTransfer));
  app.shortcuts.add("u", "Add documents", app.documents.choose);
  app.service.onReturn(() => documents.load());
  welcome(app, documents);

  followAddress(app);
  documents.load();
  document.addEventListener("visibilitychange", () => document.hidden || documents.more || documents.load());
}

/** Keep the start page's note and suggestions in step with the documents. */
function welcome(app, documents) {
  const note = h("div", { class: "documents-note" });
  app.welcome.note(note);
  let shown = null;
  documents.onChange(() => {
    if (documents.guides !== "idle") return; // the note has the button that shows the progress or the error
    const guides = documents.list.some(({ metadata }) => metadata?.guide);
    const state = documents.problem ? "failed" : documents.list.length ? "some" : "none";
    if (shown === state + guides) return;
    shown = state + guides;
    note.replaceChildren(...(state === "none" ? firstSteps(app) : state === "some" ? [h("p", {}, READY)] : []));
    app.welcome.suggest(guides ? GUIDE_QUESTIONS : []);
  });
}

function firstSteps(app) {
  const choose = button({ class: "primary", onclick: app.documents.choose }, "Add documents");
  return [h("p", {}, FIRST_STEPS), h("div", { class: "choices" }, choose, app.documents.guidesButton())];
}
