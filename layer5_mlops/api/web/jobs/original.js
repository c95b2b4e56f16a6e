// Opens the original file of a document. A browser sends no API key when it follows a link, so the page fetches the
// file and opens the bytes: a PDF in a new tab, as a PDF whatever it contains; everything else is saved.
import { button, drawing, h } from "../page/dom.js";

const PDF = "application/pdf";
const KEPT_SECONDS = 600; // that the bytes of a tab can be read again
const OUT = "M10 5H5.5v13.5H19V14M13.5 5H19v5.5M19 5l-8.5 8.5";

/** A button for a document or a source of an answer, whose type is only known by its name. */
export function originalButton(app, id, { filename, content_type: type, page }) {
  const inline = type ? type === PDF : page != null && filename.toLowerCase().endsWith(".pdf");
  const label = inline ? (page ? `Open page ${page} of the original` : "Open the original") : "Save the original";
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const open = button({ class: "small" }, drawing(OUT), label);
  open.addEventListener("click", async () => {
    open.disabled = true;
    problem.hidden = true;
    const tab = inline ? window.open("", "_blank") : null; // now: later the browser would take it for an advertisement
    try {
      const file = await app.api.request(`documents/${id}/file`);
      deliver(await file.blob(), filename, page, tab);
    } catch (error) {
      tab?.close();
      if (!(error instanceof app.api.Problem)) throw error;
      problem.textContent = error.message;
      problem.hidden = false;
    } finally {
      open.disabled = false;
    }
  });
  return h("div", { class: "original" }, open, problem);
}

function deliver(bytes, filename, page, tab) {
  const url = URL.createObjectURL(bytes.slice(0, bytes.size, tab ? PDF : "application/octet-stream"));
  setTimeout(() => URL.revokeObjectURL(url), KEPT_SECONDS * 1000);
  if (tab) {
    tab.opener = null;
    tab.location.replace(page ? `${url}#page=${page}` : url);
  } else {
    h("a", { href: url, download: filename }).click();
  }
}
