// Prepares the lines of a panel: which are drawn, in which colour, and stacked or not.

const MOST = 8;
const COLOURS = 8;
const BESIDE_MEANINGS = 2; // the first two colours look like good and doubtful
const FEWEST = 24; // times that a chart shows at least
const MEANINGS = [
  ["bad", /^(5\d\d|ungrounded|unsupported|down|waiting)$|\bfailed$/],
  ["doubtful", /^(4\d\d|refused|unknown)$|\bcancelled$/],
  ["good", /^(2\d\d|grounded|supported|up)$|\bdone$/],
];

/**
 * The lines that are drawn, the largest first: `{ legend, values, colour }`, where the colour is a CSS variable.
 * Of a stacked panel the rest is summed up, so that the height stays right; of others it is left out.
 */
export function arranged({ lines, kind }) {
  const ordered = kind === "stacked" ? [...lines].sort((one, other) => sum(other.values) - sum(one.values)) : lines;
  const drawn = lines.length > MOST ? topOf(ordered, kind) : ordered;
  let next = drawn.some(({ legend }) => meaning(legend)) ? BESIDE_MEANINGS : 0;
  return drawn.map((line) => ({ ...line, colour: meaning(line.legend) ?? `--series-${(next++ % COLOURS) + 1}` }));
}

function topOf(ordered, kind) {
  if (kind !== "stacked") {
    return [...ordered].sort((one, other) => sum(other.values) - sum(one.values)).slice(0, MOST);
  }
  const rest = ordered.slice(MOST - 1);
  const values = rest[0].values.map((_, at) => total(rest, at));
  return [...ordered.slice(0, MOST - 1), { legend: `${rest.length} others`, values }];
}

/** Without the times before the first value of all: a service that has just begun has no empty charts. */
export function sinceFirst({ times, panels }) {
  const firsts = panels.flatMap(({ lines }) => lines.map(({ values }) => values.findIndex((value) => value !== null)));
  const begin = Math.min(times.length - FEWEST, ...firsts.filter((first) => first >= 0));
  const cut = ({ values, ...line }) => ({ ...line, values: values.slice(begin) });
  return { times: times.slice(begin), panels: panels.map((panel) => ({ ...panel, lines: panel.lines.map(cut) })) };
}

/** The values to draw, one array for each line: a stacked line begins where the one below it ends. */
export function heights(lines, kind) {
  if (kind !== "stacked") return lines.map(({ values }) => values);
  return lines.map((_, index) => lines[0].values.map((_, at) => total(lines.slice(index), at)));
}

/** The last value that is there. */
export function last(values) {
  return values.findLast((value) => value !== null) ?? null;
}

function meaning(legend) {
  const found = MEANINGS.find(([, pattern]) => pattern.test(legend));
  return found && `--${found[0]}`;
}

function total(lines, at) {
  const present = lines.map(({ values }) => values[at]).filter((value) => value !== null);
  return present.length ? present.reduce((one, other) => one + other, 0) : null;
}

function sum(values) {
  return values.reduce((total, value) => total + (value ?? 0), 0);
}
