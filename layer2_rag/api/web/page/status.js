// Panel: a line about the service, and the details behind it.
import { button, h } from "./dom.js";
import { inline } from "../markdown/inline.js";

const WORDS = { ok: "Ready", degraded: "Working with limits", down: "Not usable", unreachable: "Not reachable" };

/** @param {import("../app.js").App} app */
export function mount(app) {
  const dot = h("i", { class: "dot" });
  const words = h("span", {}, "Connecting …");
  const line = button({ id: "status", class: "quiet", onclick: () => open(app) }, dot, words);
  const note = h("p", { hidden: true });
  app.places.foot.prepend(line);
  app.welcome.note(note);

  app.service.onChange(() => {
    const { health, models } = app.service;
    const status = health?.status ?? "unreachable";
    dot.dataset.status = status;
    words.textContent = [WORDS[status], health && serving(models)].filter(Boolean).join(" · ");
    const said = models ? advice(models) : "";
    note.replaceChildren(...inline(said));
    note.hidden = !said;
  });
}

/** What to know, and to do, when no language model answers; the providers say themselves what they lack. */
function advice({ models, providers }) {
  if (models.some(({ provider }) => provider !== "extractive")) return "";
  const missing = providers.map(({ reason }) => reason).filter(Boolean).join(" ");
  if (!models.length) return `No question can be answered now. ${missing}`;
  return `No language model is connected, so answers are quoted, word for word, rather than written. ${missing}`;
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
    ["Status", WORDS[health.status]],
    ["Layer", `${health.layer} · ${health.name}`],
    ["Version", health.version],
    ["Up for", duration(health.uptime_seconds)],
  ];
  const parts = health.dependencies.map(({ name, status, latency_ms, reason }) =>
    h("li", {}, h("i", { class: "dot", "data-status": status }), h("div", {},
      h("strong", {}, name.replaceAll("_", " ")), h("small", {}, ` ${latency_ms} ms`), h("p", {}, ...inline(reason)))));
  app.drawer.open("Service", [
    h("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    h("h3", {}, "What it depends on"),
    h("ul", { class: "parts" }, ...parts),
  ], opener);
}

function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} seconds`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}
