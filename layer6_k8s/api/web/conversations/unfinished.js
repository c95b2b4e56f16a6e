// Stores turns that the service does not have, in this tab: questions whose answers were stopped or failed.

const PREFIX = "mystack.unfinished.";

/**
 * Store the messages after the last turn that the service has, for a conversation, or with `null` for a new one. A
 * question that the service has carries `answeredBy`, the id of its answer; while the question is asked again, the
 * service still has the previous answer.
 */
export function remember(id, messages) {
  const last = messages.findLastIndex(({ answeredBy }) => answeredBy);
  const rest = last < 0 ? messages : messages.slice(last + 2);
  if (!rest.length) return forget(id);
  try {
    sessionStorage.setItem(PREFIX + id, JSON.stringify({ after: lastAnswer(messages), messages: rest }));
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error;
  }
}

export function forget(id) {
  sessionStorage.removeItem(PREFIX + id);
}

/** The service's messages and those of this tab, unless the service has stored the latter meanwhile. */
export function completed(id, stored) {
  const { after, messages = [] } = JSON.parse(sessionStorage.getItem(PREFIX + id) ?? "{}");
  const arrived = lastAnswer(stored) !== after && stored.at(-2)?.content === messages[0]?.content;
  return arrived ? stored : [...stored, ...messages];
}

function lastAnswer(messages) {
  return messages.findLast(({ answeredBy }) => answeredBy)?.answeredBy;
}
