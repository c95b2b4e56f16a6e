// Panel: selects the language model.
import { h } from "../page/dom.js";

const STORAGE_KEY = "mystack.model";

/** @param {import("../app.js").App} app */
export function mount(app) {
  const select = h("select", { id: "model", "aria-label": "Model", disabled: true });
  select.addEventListener("change", () => localStorage.setItem(STORAGE_KEY, select.value));
  app.slots.tools.append(select);
  app.onAsk(() => (select.value ? { model: select.value } : {}));
  let shown = "";
  app.service.onChange(() => {
    const { models } = app.service;
    const known = JSON.stringify(models);
    if (!models || known === shown) return; // the status panel shows why there are none
    shown = known;
    fill(select, models);
  });
}

/** List the models; the first option is the service's default, for which the request names no model. */
function fill(select, { models, default: chosen }) {
  const others = models.map(({ name }) => name).filter((name) => name !== chosen);
  const options = others.map((name) => h("option", { value: name }, label(name)));
  select.replaceChildren(h("option", { value: "" }, label(chosen)), ...options);
  const stored = localStorage.getItem(STORAGE_KEY) ?? "";
  select.value = others.includes(stored) ? stored : "";
  select.disabled = others.length === 0;
}

function label(name) {
  return name === "extractive" ? "Quotes only, no model" : (name ?? "No model");
}
