// Panel: which model answers.
import { h } from "../page/dom.js";

const NAME = "mystack.model";

/** @param {import("../app.js").App} app */
export function mount(app) {
  const select = h("select", { id: "model", "aria-label": "Model", disabled: true });
  select.addEventListener("change", () => localStorage.setItem(NAME, select.value));
  app.places.tools.append(select);
  app.onAsk(() => (select.value ? { model: select.value } : {}));
  let shown = "";
  app.service.onChange(() => {
    const { models } = app.service;
    const known = JSON.stringify(models);
    if (!models || known === shown) return; // the service chooses; the status line says what is wrong
    shown = known;
    fill(select, models);
  });
}

/** Offer the models; the service's default stands first, and is asked for by no name. */
function fill(select, { models, default: chosen }) {
  const others = models.map(({ name }) => name).filter((name) => name !== chosen);
  const options = others.map((name) => h("option", { value: name }, label(name)));
  select.replaceChildren(h("option", { value: "" }, label(chosen)), ...options);
  const remembered = localStorage.getItem(NAME) ?? "";
  select.value = others.includes(remembered) ? remembered : "";
  select.disabled = others.length === 0;
}

function label(name) {
  return name === "extractive" ? "Quotes, no model" : (name ?? "No model");
}
