// The API key: asked for when the service wants one, kept for as long as the tab is open.
import { button, h } from "./dom.js";

const NAME = "mystack.key";
const WHICH = "It is the value of API_KEY that the service was started with.";
let asking = null;
let declined = false;

/** The key to send, or null. */
export function apiKey() {
  return sessionStorage.getItem(NAME);
}

/** Ask for a key after `refused` (null: none) was not accepted. Resolves to whether there is another to try. */
export function askForKey(refused) {
  if (apiKey() !== refused) return Promise.resolve(true); // given meanwhile, for another request
  if (declined && !navigator.userActivation?.isActive) return Promise.resolve(false); // nobody is waiting for it
  asking ??= openDialog(refused).finally(() => (asking = null));
  return asking;
}

function openDialog(refused) {
  const input = h("input", { id: "key", type: "password", autocomplete: "off", required: true });
  const dialog = h(
    "dialog",
    { class: "box", "aria-labelledby": "key-title" },
    h("h2", { id: "key-title" }, "This service needs an API key"),
    h("p", {}, refused ? "That key was not accepted." : WHICH),
    h(
      "form",
      { method: "dialog" },
      h("label", { for: "key" }, "API key"),
      input,
      h(
        "div",
        { class: "actions" },
        button({ class: "quiet", onclick: () => dialog.close() }, "Cancel"),
        h("button", { class: "primary", value: "use" }, "Continue"),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const given = dialog.returnValue === "use";
      declined = !given;
      if (given) sessionStorage.setItem(NAME, input.value.trim());
      dialog.remove();
      resolve(given);
    });
  });
}
