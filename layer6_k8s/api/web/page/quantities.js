// Formats sizes and counts.
const STATUS = { queued: "Queued", failed: "Failed" };

/** "3 pages · 12 chunks · 48 kB", or the status of a document that is not ready. */
export function describe({ status, pages, chunks, size_bytes }) {
  if (status !== "ready") return STATUS[status] ?? "Processing …";
  return [pages && count(pages, "page"), count(chunks, "chunk"), bytes(size_bytes)].filter(Boolean).join(" · ");
}

export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

export function bytes(size) {
  if (size < 1000) return `${size} B`;
  return size < 999_500 ? `${Math.round(size / 1000)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}
