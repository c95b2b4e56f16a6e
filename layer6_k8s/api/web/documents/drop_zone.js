// Accepts files dropped anywhere on the page.
import { h } from "../page/dom.js";

/** Show a drop zone while files are dragged over the page; `onFiles(files, dataTransfer)` gets what was dropped. */
export function installDropZone(onFiles) {
  const overlay = h("div", { class: "drop-zone", hidden: true }, h("p", {}, "Drop to add to your documents"));
  document.querySelector("main").append(overlay);
  let depth = 0; // each element that the pointer crosses sends dragenter and dragleave

  function listen(name, act) {
    window.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      act(event);
      overlay.hidden = depth === 0;
    });
  }

  listen("dragenter", () => (depth += 1));
  listen("dragleave", () => (depth = Math.max(0, depth - 1)));
  listen("dragover", ({ dataTransfer }) => (dataTransfer.dropEffect = "copy"));
  listen("drop", ({ dataTransfer }) => {
    depth = 0;
    onFiles([...dataTransfer.files], dataTransfer);
  });
}
