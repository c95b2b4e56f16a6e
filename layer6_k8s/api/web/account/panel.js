// Panel: who is signed in, what the tenant has used of its limits, and signing out.
import { button, find, h } from "../page/dom.js";
import { apiKey, wording } from "../page/key.js";
import { usage } from "./usage.js";

const KEY = /^ms_([a-z0-9]{12})_/;

/** @param {import("../app.js").App} app */
export function mount(app) {
  wording.hint = "It is a key of your tenant, which begins with ms_.";
  const open = () => show(app);
  app.slots.foot.insertBefore(button({ class: "quiet", onclick: open }, "Account"), find("foot").querySelector("a"));
  app.shortcuts.add("a", "Show the account", open);
}

async function show(app) {
  const opener = document.activeElement;
  const used = await usage(app.api);
  const leave = apiKey() && button({ class: "quiet", onclick: signOut }, "Sign out");
  app.drawer.open("Account", [h("p", {}, whoAmI()), ...used, leave].filter(Boolean), opener);
}

function whoAmI() {
  const key = apiKey();
  if (!key) return "Nobody is signed in: this service needs no key.";
  const id = KEY.exec(key)?.[1];
  return id ? `Signed in with the key ${id}, until this tab is closed.` : "Signed in until this tab is closed.";
}

/** Forget the key, and unfinished answers, which are the tenant's. */
function signOut() {
  sessionStorage.clear();
  location.reload();
}
