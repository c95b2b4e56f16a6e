// The claims of an answer: their offsets, and the evidence of a marker.

const LEADING = /^[ \t]*(?:(?:[-*+•]|\d{1,3}[.)])[ \t]+)?\[\d/; // a line whose markers stand before their sentences
const BEHIND = 10_000; // makes every claim before such a marker more distant than those after it
const computed = new WeakMap();

/** The claims with offsets in UTF-16 units, as JavaScript counts; the service counts code points. */
export function claimsOf({ content, answer }) {
  if (!answer?.claims?.length) return [];
  if (!computed.has(answer)) computed.set(answer, inUnits(content, answer.claims));
  return computed.get(answer);
}

function inUnits(content, claims) {
  const offsets = [];
  let units = 0;
  for (const character of content) {
    offsets.push(units);
    units += character.length;
  }
  const unit = (offset) => offsets[offset] ?? units;
  return claims.map((claim) => ({ ...claim, start: unit(claim.start), end: unit(claim.end) }));
}

/** What source `number` says to the claim that holds its marker at `offset`, which may be outside of the claim. */
export function evidenceAt(message, offset, number) {
  const penalty = LEADING.test(lineAt(message.content, offset)) ? BEHIND : 0;
  let nearest = { distance: Infinity };
  for (const { start, end, evidence } of claimsOf(message)) {
    const found = evidence.find(({ marker }) => marker === number);
    const distance = offset < start ? start - offset : offset < end ? 0 : offset - end + penalty;
    if (found && distance < nearest.distance) nearest = { distance, found };
  }
  return nearest.found;
}

function lineAt(content, offset) {
  return content.slice(content.lastIndexOf("\n", offset - 1) + 1, offset + 1);
}
