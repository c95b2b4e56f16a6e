// The sidebar: beside the conversation on a wide screen, over it on a narrow one.
import { button, find, icon } from "./dom.js";

const WIDE = matchMedia("(min-width: 800px)");

/** Make its buttons work; `onNew` begins a new conversation. Gives the function that closes it where it lies over. */
export function installSidebar(onNew) {
  const sidebar = find("sidebar");
  const menu = find("menu");
  const begin = find("new-chat");
  const main = document.querySelector("main");

  function toggle(open) {
    document.body.classList.toggle("with-sidebar", open);
    menu.setAttribute("aria-expanded", open);
    main.inert = open;
    if (open) begin.focus();
  }

  function close() {
    if (!isOpen()) return;
    toggle(false);
    menu.focus();
  }

  function isOpen() {
    return document.body.classList.contains("with-sidebar");
  }

  menu.append(icon("menu"));
  begin.prepend(icon("plus"));
  sidebar.prepend(button({ class: "quiet close", "aria-label": "Close menu", onclick: close }, icon("close")));
  menu.addEventListener("click", () => toggle(true));
  find("scrim").addEventListener("click", close);
  WIDE.addEventListener("change", () => toggle(false));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen() || document.querySelector("dialog:modal")) return;
    event.preventDefault();
    close();
  });
  begin.addEventListener("click", () => {
    close();
    onNew();
  });
  return close;
}
