// Writes values with their units, short enough for an axis.

const SIZES = [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "kB"]];
const COUNTS = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];

/** A value of a panel as text: `written(0.25, "seconds")` → "250 ms". */
export function written(value, unit) {
  if (value == null) return "–";
  switch (unit) {
    case "per second": return `${scaled(value, COUNTS)}/s`;
    case "per minute": return `${scaled(value, COUNTS)}/min`;
    case "seconds": return duration(value);
    case "share": return `${digits(100 * value)} %`;
    case "bytes": return scaled(value, SIZES, "B");
    default: return scaled(value, COUNTS);
  }
}

/** "60 minutes" */
export function kept(seconds) {
  return `${Math.round(seconds / 60)} minutes`;
}

function digits(value) {
  return new Intl.NumberFormat([], { maximumSignificantDigits: 3 }).format(value);
}

function scaled(value, steps, smallest = "") {
  const [size, name] = steps.find(([size]) => Math.abs(value) >= size) ?? [1, smallest];
  return [digits(value / size), name].filter(Boolean).join(" ");
}

function duration(seconds) {
  if (seconds === 0) return "0 s";
  if (seconds < 1) return `${digits(seconds * 1000)} ms`;
  if (seconds < 120) return `${digits(seconds)} s`;
  return seconds < 7200 ? `${digits(seconds / 60)} min` : `${digits(seconds / 3600)} h`;
}
