// The sidebar: beside the conversation on a wide screen, covering it on a narrow one.
import { button, find, icon } from "./dom.js";

const WIDE = matchMedia("(min-width: 800px)");

/** Install the sidebar's buttons; `onNew` starts a new conversation. Returns a function that closes the sidebar. */
export function installSidebar(onNew) {
  const sidebar = find("sidebar");
  const menu = find("menu");
  const newChat = find("new-chat");
  const main = document.querySelector("main");

  function toggle(open) {
    document.body.classList.toggle("with-sidebar", open);
    menu.setAttribute("aria-expanded", open);
    main.inert = open;
    if (open) newChat.focus();
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
  newChat.prepend(icon("plus"));
  sidebar.prepend(button({ class: "quiet close", "aria-label": "Close menu", onclick: close }, icon("close")));
  menu.addEventListener("click", () => toggle(true));
  find("scrim").addEventListener("click", close);
  WIDE.addEventListener("change", () => toggle(false));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen() || document.querySelector("dialog:modal")) return;
    event.preventDefault();
    close();
  });
  newChat.addEventListener("click", () => {
    close();
    onNew();
  });
  return close;
}
