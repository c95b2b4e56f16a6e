// Starts the dashboard: which one and how far back is in the address, such as #rag/60; its values come every few seconds.
import * as api from "../page/api.js";
import { find, h } from "../page/dom.js";
import { PanelGrid } from "./panels.js";
import { kept } from "./units.js";

const RANGES = [
  [15, "Last 15 minutes"],
  [60, "Last hour"],
  [360, "Last 6 hours"],
  [1440, "Last day"],
  [10080, "Last week"],
];
const SECONDS = 5; // between two requests
const SLOW_SECONDS = 15; // for long times, whose charts hardly change
const grid = new PanelGrid(find("panels-of-dashboard"));
let timer = 0;
let paused = false;
let latest = 0; // the request whose answer is shown

find("range").append(...RANGES.map(([minutes, label]) => h("option", { value: minutes }, label)));
find("range").addEventListener("change", () => (location.hash = `${chosen().name}/${find("range").value}`));
find("pause").addEventListener("click", () => {
  paused = !paused;
  find("pause").setAttribute("aria-pressed", paused);
  find("pause").textContent = paused ? "Resume" : "Pause";
  if (!paused) refresh();
});
window.addEventListener("hashchange", refresh);
document.addEventListener("visibilitychange", () => !document.hidden && !paused && refresh());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => grid.redraw());
refresh();

/** The dashboard and the minutes that the address names. */
function chosen() {
  const [name, minutes] = location.hash.slice(1).split("/");
  const known = RANGES.some(([each]) => each === Number(minutes));
  return { name: name || "api", minutes: known ? Number(minutes) : RANGES[0][0] };
}

async function refresh() {
  clearTimeout(timer);
  const { name, minutes } = chosen();
  find("range").value = minutes;
  const number = (latest += 1);
  try {
    const data = await api.getJson(`dashboard/data?name=${encodeURIComponent(name)}&minutes=${minutes}`);
    if (number !== latest) return; // another dashboard was chosen meanwhile
    show(data, minutes);
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    if (number !== latest) return;
    find("problem").textContent = error.message;
    find("problem").hidden = false;
  }
  clearTimeout(timer);
  timer = setTimeout(again, (minutes > 60 ? SLOW_SECONDS : SECONDS) * 1000);
}

function again() {
  if (!document.hidden && !paused) refresh();
}

function show(data, minutes) {
  find("problem").hidden = true;
  find("title").textContent = data.title;
  find("description").textContent = data.description;
  document.title = `${data.title} · MyStack`;
  find("state").replaceChildren(...state(data, minutes));
  find("tabs").replaceChildren(...data.dashboards.map(({ name, title }) =>
    h("a", { href: `#${name}/${minutes}`, "aria-current": name === data.name && "page" }, title)));
  grid.show(data);
}

/** When the values were read and where they come from; and a hint if not so much is kept. */
function state({ source, kept_seconds, times }, minutes) {
  const at = new Date(times.at(-1) * 1000).toLocaleTimeString([], { hourCycle: "h23" });
  const short = kept_seconds !== null && kept_seconds < minutes * 60;
  return [
    h("span", { class: "live" }, h("i", { class: "dot", "data-status": "ok" }), `${at}, from ${source}`),
    short && h("small", {}, `Only the last ${kept(kept_seconds)} are kept here; PROMETHEUS_URL reaches further back.`),
  ].filter(Boolean);
}
