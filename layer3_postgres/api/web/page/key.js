// The API key: requested when the service requires one, stored until the tab is closed.
import { button, h } from "./dom.js";

const STORAGE_KEY = "mystack.key";
/** What the dialog says of the key. */
export const wording = { hint: "It is the value of the service’s API_KEY setting." };
let asking = null;
let declined = false;

/** The key to send, or null. */
export function apiKey() {
  return sessionStorage.getItem(STORAGE_KEY);
}

/** Ask for a key after `refused` (null: none) was rejected. Resolves to whether there is a new key to try. */
export function askForKey(refused) {
  if (apiKey() !== refused) return Promise.resolve(true); // another request has asked for it meanwhile
  if (declined && !navigator.userActivation?.isActive) return Promise.resolve(false); // no dialog without a user action
  asking ??= openDialog(refused).finally(() => (asking = null));
  return asking;
}

function openDialog(refused) {
  const input = h("input", { id: "key", type: "password", autocomplete: "off", required: true });
  const dialog = h(
    "dialog",
    { class: "box", "aria-labelledby": "key-title" },
    h("h2", { id: "key-title" }, "This service needs an API key"),
    h("p", {}, refused ? "That key was not accepted." : wording.hint),
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
      if (given) sessionStorage.setItem(STORAGE_KEY, input.value.trim());
      dialog.remove();
      resolve(given);
    });
  });
}
