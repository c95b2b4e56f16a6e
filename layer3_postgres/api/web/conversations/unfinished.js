// What was said and is not kept by the service: a question whose answer was stopped, or failed. It stays in this tab.

const NAME = "mystack.unfinished.";

/**
 * Keep what stands behind the last turn that the service has, for a conversation or for the one that has not begun
 * (`null`). A question that is kept has `answeredBy`, the id of its answer; while it is asked again, the service still
 * has the answer before.
 */
export function remember(id, messages) {
  const kept = messages.findLastIndex(({ answeredBy }) => answeredBy);
  const rest = kept < 0 ? messages : messages.slice(kept + 2);
  if (!rest.length) return forget(id);
  try {
    sessionStorage.setItem(NAME + id, JSON.stringify({ after: lastAnswer(messages), messages: rest }));
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
  }
}

export function forget(id) {
  sessionStorage.removeItem(NAME + id);
}

/** The messages that are kept, and those that only this tab knows; unless they were kept after all. */
export function completed(id, kept) {
  const { after, messages = [] } = JSON.parse(sessionStorage.getItem(NAME + id) ?? "{}");
  const arrived = lastAnswer(kept) !== after && kept.at(-2)?.content === messages[0]?.content;
  return arrived ? kept : [...kept, ...messages];
}

function lastAnswer(messages) {
  return messages.findLast(({ answeredBy }) => answeredBy)?.answeredBy;
}
