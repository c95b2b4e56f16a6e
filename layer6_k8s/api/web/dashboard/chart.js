// One chart, drawn by uPlot. It takes its colours from the style sheet, so it follows light and dark.
import { heights } from "./lines.js";
import { written } from "./units.js";

const HEIGHT = 210;
const SPARK_HEIGHT = 44;
const AXIS_WIDTH = 66;

export class Chart {
  #plot;

  /** `onCursor(index)` hears which time the pointer is at, null if at none. */
  constructor(element, panel, lines, times, onCursor) {
    const spark = panel.kind === "number";
    this.#plot = new window.uPlot({
      width: element.clientWidth,
      height: spark ? SPARK_HEIGHT : HEIGHT,
      padding: spark ? [2, 0, 0, 0] : [8, 22, 0, 0],
      legend: { show: false },
      cursor: spark ? { show: false } : { y: false, points: { size: 7 }, drag: { x: false }, sync: { key: "dashboard" } },
      scales: { y: { range: (_, low, high) => [0, panel.unit === "share" ? 1 : high > 0 ? high * 1.08 : 1] } },
      axes: spark ? [{ show: false }, { show: false }] : [timeAxis(), valueAxis(panel.unit)],
      series: [{}, ...lines.map((line) => series(line, panel.kind))],
      hooks: { setCursor: [({ cursor }) => onCursor(cursor.idx ?? null)] },
    }, [times, ...heights(lines, panel.kind)], element);
  }

  show(panel, lines, times) {
    this.#plot.setData([times, ...heights(lines, panel.kind)]);
  }

  resize(width) {
    if (width && width !== this.#plot.width) this.#plot.setSize({ width, height: this.#plot.height });
  }

  destroy() {
    this.#plot.destroy();
  }
}

/** The value of a variable of the style sheet. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function series(line, kind) {
  const stroke = colour(line.colour);
  // What is stacked covers what lies behind it: each area is opaque, and the largest was drawn first.
  const fill = kind === "stacked" ? mixed(stroke) : kind === "number" ? `${stroke}22` : undefined;
  return { stroke, fill, width: kind === "stacked" ? 1 : 2, points: { size: 4 } };
}

/** The colour on the paper of a card, as if it were half transparent. */
function mixed(stroke) {
  const [one, other] = [stroke, colour("--card")].map((text) => {
    const hex = text.slice(1).length === 3 ? [...text.slice(1)].map((digit) => digit + digit).join("") : text.slice(1);
    return hex.match(/../g).map((pair) => parseInt(pair, 16));
  });
  return `rgb(${one.map((value, at) => Math.round(0.55 * value + 0.45 * other[at])).join(" ")})`;
}

function timeAxis() {
  return {
    ...inks(),
    values: (plot, splits) => {
      const seconds = plot.scales.x.max - plot.scales.x.min;
      const minutes = { hour: "2-digit", minute: "2-digit", second: seconds < 300 ? "2-digit" : undefined };
      const format = seconds > 86_400 ? { weekday: "short", hour: "2-digit" } : minutes;
      const written = new Intl.DateTimeFormat([], { ...format, hourCycle: "h23" });
      return splits.map((split) => written.format(split * 1000));
    },
    space: 70,
    size: 30,
  };
}

function valueAxis(unit) {
  return { ...inks(), size: AXIS_WIDTH, space: 36, values: (_, splits) => splits.map((split) => written(split, unit)) };
}

function inks() {
  const line = { stroke: colour("--line"), width: 1 };
  const family = getComputedStyle(document.body).fontFamily;
  return { stroke: colour("--soft"), font: `12px ${family}`, grid: line, ticks: { ...line, size: 4 } };
}
