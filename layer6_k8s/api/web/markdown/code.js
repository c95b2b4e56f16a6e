// Panel: adds a header with the language and a copy button to the code blocks of an answer.
import { copyButton } from "./clipboard.js";
import { h } from "../page/dom.js";

/** @param {import("../app.js").App} app */
export function mount(app) {
  app.onBlock((element) => {
    const blocks = element.tagName === "PRE" ? [element] : element.querySelectorAll("pre");
    for (const block of blocks) block.prepend(head(block));
  });
}

function head(block) {
  const code = block.querySelector("code");
  const properties = { class: "quiet small", "aria-label": "Copy code", title: "Copy" };
  const copy = copyButton(properties, null, () => code.textContent);
  return h("span", { class: "head" }, h("small", {}, block.dataset.language ?? ""), copy);
}
