// What OCR recognised of a text: it is set apart, because its letters and numbers may be wrong.
import { h } from "../page/dom.js";

const NOTE = "Recognised by OCR: letters and numbers may be wrong, so compare them with the original.";

/** `from..to` cut where a span begins or ends: `{ from, to, recognised }` in order. */
export function cutAt(spans, from, to) {
  const ends = spans.flatMap(({ start, end }) => [start, end]).filter((end) => end > from && end < to);
  const cuts = [from, ...ends.sort((one, other) => one - other), to];
  return cuts.slice(1).map((end, at) => ({ from: cuts[at], to: end, recognised: isWithin(spans, cuts[at], end) }));
}

/** Whether a span has all of `from..to`. */
export function isWithin(spans, from, to) {
  return spans.some(({ start, end }) => start <= from && to <= end);
}

/** The elements of `parts`, `{ element, recognised }`; neighbours that are recognised stand together below a note. */
export function setApart(parts) {
  const found = [];
  let group = null;
  for (const { element, recognised } of parts) {
    if (!recognised) found.push(element);
    else if (group) group.append(element);
    else found.push(h("div", { class: "recognised" }, h("p", { class: "by-ocr" }, NOTE), element));
    group = recognised ? found.at(-1) : null;
  }
  return found;
}
