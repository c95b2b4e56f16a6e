// Panel: a line about the service, and the details behind it.
import { button, h } from "./dom.js";
import { inline } from "./inline.js";

const SECONDS = 30;
const WORDS = { ok: "Ready", degraded: "Working with limits", down: "Not usable", unreachable: "Not reachable" };

/** @param {import("./app.js").App} app */
export function mount(app) {
  const dot = h("i", { class: "dot" });
  const words = h("span", {}, "Connecting …");
  const line = button({ id: "status", class: "quiet", onclick: () => open(app) }, dot, words);
  const advice = h("p", { hidden: true }, ...inline(ADVICE));
  app.places.foot.prepend(line);
  app.welcome.note(advice);

  async function update() {
    const [health, models] = await Promise.all([ask(app, "health"), ask(app, "models")]);
    const status = health?.status ?? "unreachable";
    dot.dataset.status = status;
    words.textContent = [WORDS[status], health && serving(models)].filter(Boolean).join(" · ");
    advice.hidden = !models || models.models.some(({ provider }) => provider !== "extractive");
  }
  update();
  setInterval(() => document.hidden || update(), SECONDS * 1000);
}

const ADVICE =
  "No language model is connected, so answers are quoted, word for word, rather than written. " +
  "To have them written, start Ollama: `ollama serve`.";

/** The answer's JSON, or null when there is none to have. */
async function ask(app, path) {
  try {
    return await app.api.getJson(path);
  } catch (error) {
    if (error instanceof app.api.Problem) return null;
    throw error;
  }
}

function serving(models) {
  return models?.models.find(({ default: chosen }) => chosen)?.provider;
}

async function open(app) {
  const opener = document.activeElement;
  const health = await ask(app, "health");
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
