// Panel: the jobs of uploads. Single files follow their jobs, many are sent as a batch; a list shows all jobs; a
// document opens its original file.
import { button, h } from "../page/dom.js";
import { uploadBatch } from "./batch.js";
import { documentsAmong, droppedEntries, filesOf, isArchive } from "./folders.js";
import { Following } from "./following.js";
import { openJobs } from "./list.js";
import { originalButton } from "./original.js";
import { followUploads, readAgainInRow, retryInRow } from "./uploads.js";

const SINGLE_FILES = 5; // more are a batch
const ARCHIVES = ",.zip";

/** @param {import("../app.js").App} app */
export function mount(app) {
  document.head.append(h("link", { rel: "stylesheet", href: "web/jobs/jobs.css" }));
  const following = new Following(app.api);
  const open = () => openJobs(app, following);
  followUploads(app, following);
  app.documents.files.accept += ARCHIVES;
  const { start: fromTheFile } = app.documents.readAgain;
  app.documents.readAgain = {
    label: "Read it again",
    hint: "The original file is read again. Until then, answers use the old reading.",
    start: (document) => readAgainInRow(app, following, document, fromTheFile),
  };
  app.documents.add = (files, dataTransfer) => add(app, files, droppedEntries(dataTransfer));
  app.documents.views.push(
    (id, shown) => failure(app, following, shown),
    (id, shown) => originalButton(app, id, shown),
  );
  app.documents.section.querySelector("header").after(h("div", { class: "job-tools" }, jobsButton(app, open), folder(app)));
  app.shortcuts.add("b", "Show the jobs", open);
}

async function add(app, files, entries) {
  if (entries) await addFolder(app, await filesOf(entries));
  else if (files.length > SINGLE_FILES || files.some(isArchive)) await uploadBatch(app, files);
  else app.documents.uploads.add(files);
}

async function addFolder(app, files) {
  const documents = documentsAmong(files, app.documents.files.accept);
  await uploadBatch(app, documents, files.length - documents.length);
}

/** The button that opens the list, with what the documents on the page need. */
function jobsButton(app, open) {
  const numbers = h("small");
  app.documents.store.onChange(() => {
    const { list } = app.documents.store;
    const failed = list.filter(({ status }) => status === "failed").length;
    const waiting = list.filter(({ status }) => !["ready", "failed"].includes(status)).length;
    numbers.textContent = [waiting && `${waiting} open`, failed && `${failed} failed`].filter(Boolean).join(", ");
  });
  return button({ class: "quiet small", onclick: open }, "Jobs", numbers);
}

function folder(app) {
  const input = h("input", { type: "file", webkitdirectory: true, hidden: true, "aria-label": "Folder" });
  input.addEventListener("change", () => {
    addFolder(app, [...input.files].filter(({ name }) => !name.startsWith(".")));
    input.value = "";
  });
  return h("span", {}, button({ class: "quiet small", onclick: () => input.click() }, "Add a folder"), input);
}

/** Why a document could not be read, with another try. */
function failure(app, following, { status, error, filename, job_id }) {
  if (status !== "failed") return null;
  const retry = () => {
    app.drawer.close();
    retryInRow(app, following, { filename, job_id });
  };
  const again = job_id && button({ class: "small", onclick: retry }, "Try again");
  return h("div", { class: "original" }, h("p", { class: "problem" }, error ?? "The document could not be read."), again);
}
