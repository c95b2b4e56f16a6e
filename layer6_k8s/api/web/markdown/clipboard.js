// Copies text, also where the browser denies the page its clipboard: over plain HTTP from another machine.
import { button, h, icon } from "../page/dom.js";

const SECONDS = 2;

/** A button that copies `text()` and shows the outcome: in its `label` or, without one, in its accessible name. */
export function copyButton(properties, label, text) {
  const visible = label && h("span", {}, label);
  const element = button({ ...properties, onclick: press }, icon("copy"), visible);
  const name = element.getAttribute("aria-label");

  async function press() {
    const copied = await copy(text());
    show(copied ? "Copied" : "The browser denied access to the clipboard", copied ? "done" : "close");
    setTimeout(() => show(label ?? name, "copy"), SECONDS * 1000);
  }

  function show(text, symbol) {
    if (visible) visible.textContent = text;
    else element.setAttribute("aria-label", text);
    element.firstElementChild.replaceWith(icon(symbol));
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

/** Copy by selecting the text: works without access to the clipboard. */
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
