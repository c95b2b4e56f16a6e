// Uploads that do not wait: the service answers with a job, and the upload's row follows it.
import { UploadRow } from "../documents/upload_row.js";
import { button, h, icon } from "../page/dom.js";
import { describeJob, fraction } from "./words.js";

/** @param {import("../app.js").App} app @param {import("./following.js").Following} following */
export function followUploads(app, following) {
  const { uploads, store } = app.documents;
  uploads.headers.Prefer = "respond-async";
  uploads.ready = (document, row) => {
    if (!document.job_id || document.status === "ready") return document;
    store.add(document);
    return ended(app, following, document, row);
  };
}

/** Retry a job, and show it in a row of its own. */
export function retryInRow(app, following, document) {
  const { uploads } = app.documents;
  const row = new UploadRow(document.filename, () => retryInRow(app, following, document));
  const retried = app.api.request(`jobs/${document.job_id}/retry`, { method: "POST" });
  uploads.show(row);
  return uploads.conclude(row, retried.then(() => ended(app, following, document, row)));
}

/** Read a document again from its kept file, and show that in a row of its own; `without(document)` if there is none. */
export function readAgainInRow(app, following, document, without) {
  const { uploads } = app.documents;
  const row = new UploadRow(document.filename, () => readAgainInRow(app, following, document, without));
  const queued = app.api.postJson("jobs/process-document", { document_id: document.id });
  uploads.show(row);
  return uploads.conclude(row, queued.then(
    async (response) => ended(app, following, { ...document, job_id: (await response.json()).id }, row),
    (problem) => {
      if (problem.code === "file_not_kept") without(document);
      throw problem;
    },
  ));
}

/** The document once its job is done. Raises `Problem` if the job fails or is cancelled. */
async function ended(app, following, document, row) {
  row.retry = () => retryInRow(app, following, document);
  row.offer(cancelButton(app, document));
  const job = await following.follow(document.job_id, (latest) => row.step(describeJob(latest), fraction(latest)));
  if (job.state === "done") {
    return { ...(await app.api.getJson(`documents/${job.document_id}`)), duplicate: document.duplicate };
  }
  app.documents.store.load();
  throw new app.api.Problem(describeJob(job), job.error?.code ?? "job_cancelled");
}

function cancelButton(app, { filename, job_id: id }) {
  const label = `Cancel: ${filename}`;
  const cancel = button({ class: "quiet small", "aria-label": label, title: "Cancel" }, icon("close"));
  cancel.addEventListener("click", async () => {
    try {
      await app.api.request(`jobs/${id}/cancel`, { method: "POST" });
    } catch (error) {
      if (!(error instanceof app.api.Problem)) throw error;
      cancel.before(h("small", { role: "alert" }, error.message));
    }
  });
  return cancel;
}
