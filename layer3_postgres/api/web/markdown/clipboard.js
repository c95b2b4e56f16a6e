// Copying text, also where the browser keeps its clipboard from the page: over plain HTTP from another machine.
import { button, h, icon } from "../page/dom.js";

const SECONDS = 2;

/** A button that copies what `text()` gives, and says how that went; `label` is shown, or else only spoken. */
export function copyButton(properties, label, text) {
  const words = label && h("span", {}, label);
  const element = button({ ...properties, onclick: press }, icon("copy"), words);
  const spoken = element.getAttribute("aria-label");

  async function press() {
    const copied = await copy(text());
    say(copied ? "Copied" : "The browser did not allow it", copied ? "done" : "close");
    setTimeout(() => say(label, "copy"), SECONDS * 1000);
  }

  function say(said, sign) {
    if (words) words.textContent = said;
    else element.setAttribute("aria-label", said ?? spoken);
    element.firstElementChild.replaceWith(icon(sign));
  }
  return element;
}

async function copy(text) {
  if (!navigator.clipboard) return copySelected(text);
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    if (error.name === "NotAllowedError") return copySelected(text);
    throw error;
  }
}

/** The way before there was a clipboard to write to: select the text, and have it copied. */
function copySelected(text) {
  const focused = document.activeElement;
  const area = h("textarea", { class: "hidden", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return copied;
}
