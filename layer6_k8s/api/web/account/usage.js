// What a tenant has used of its limits, as GET /limits tells it.
import { h } from "../page/dom.js";
import { bytes } from "../page/quantities.js";

const number = (value) => value.toLocaleString("en");
const QUOTAS = [
  ["documents", "Documents", number],
  ["bytes", "Size of the documents", bytes],
  ["tokens_a_day", "Tokens today", number],
];
const RATES = [["requests_a_minute", "Requests a minute"]];

/** Nodes that show it; a sentence where it cannot be read. */
export async function usage(api) {
  try {
    const limits = await api.getJson("limits");
    const quotas = QUOTAS.map(([name, label, form]) => row(label, of(limits[name], form)));
    const rates = RATES.map(([name, label]) => row(label, limits[name] == null ? "unlimited" : number(limits[name])));
    return [h("table", {}, h("tbody", {}, ...quotas, ...rates))];
  } catch (error) {
    if (!(error instanceof api.Problem)) throw error;
    return error.code === "not_found" ? [] : [h("p", { role: "alert" }, error.message)];
  }
}

function row(label, value) {
  return h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, value));
}

function of({ used, limit }, form) {
  return limit == null ? form(used) : `${form(used)} of ${form(limit)}`;
}
