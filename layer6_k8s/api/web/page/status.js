// Panel: the service's status in the sidebar, with details in the drawer.
import { button, h } from "./dom.js";
import { inline } from "../markdown/markdown.js";

const LABELS = { ok: "Ready", degraded: "Degraded", down: "Unavailable", unreachable: "Unreachable" };

/** @param {import("../app.js").App} app */
export function mount(app) {
  const dot = h("i", { class: "dot" });
  const label = h("span", {}, "Connecting …");
  const entry = button({ id: "status", class: "quiet", onclick: () => open(app) }, dot, label);
  const note = h("p", { hidden: true });
  app.slots.foot.prepend(entry);
  app.welcome.note(note);

  app.service.onChange(() => {
    const { health, models } = app.service;
    const status = health?.status ?? "unreachable";
    dot.dataset.status = status;
    label.textContent = [LABELS[status], health && serving(models)].filter(Boolean).join(" · ");
    const text = models ? advice(models) : "";
    note.replaceChildren(...inline(text));
    note.hidden = !text;
  });
}

/** A note for a service without a language model, with the reasons that the providers give. */
function advice({ models, providers }) {
  if (models.some(({ provider }) => provider !== "extractive")) return "";
  const missing = providers.map(({ reason }) => reason).filter(Boolean).join(" ");
  if (!models.length) return `Questions cannot be answered now. ${missing}`;
  return `No language model is connected, so answers are word-for-word quotes. ${missing}`;
}

function serving(models) {
  return models?.models.find(({ default: chosen }) => chosen)?.provider;
}

async function open(app) {
  const opener = document.activeElement;
  await app.service.refresh();
  const { health } = app.service;
  if (!health) {
    app.drawer.open("Service", [h("p", {}, app.api.unreachable().message)], opener);
    return;
  }
  const facts = [
    ["Status", LABELS[health.status]],
    ["Layer", `${health.layer} · ${health.name}`],
    ["Version", health.version],
    ["Uptime", duration(health.uptime_seconds)],
  ];
  const parts = health.dependencies.map(({ name, status, latency_ms, reason }) =>
    h("li", {}, h("i", { class: "dot", "data-status": status }), h("div", {},
      h("strong", {}, name.replaceAll("_", " ")), h("small", {}, ` ${latency_ms} ms`), h("p", {}, ...inline(reason)))));
  app.drawer.open("Service", [
    h("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    h("h3", {}, "Dependencies"),
    h("ul", { class: "parts" }, ...parts),
  ], opener);
}

function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} seconds`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}
