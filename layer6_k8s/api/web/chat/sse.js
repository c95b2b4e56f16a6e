// Server-sent events in the response to a POST, which EventSource cannot send.
import { Problem } from "../page/api.js";

/** The events of a response as `{ event, data }`, `data` parsed from JSON. Raises `Problem` if it breaks. */
export async function* serverEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let received = "";
  for (;;) {
    const { value, done } = await next(reader);
    if (done) return;
    const parts = (received + value).split(/\r?\n\r?\n/);
    received = parts.pop();
    for (const part of parts) {
      const event = parse(part);
      if (event) yield event;
    }
  }
}

async function next(reader) {
  try {
    return await reader.read();
  } catch (error) {
    throw error.name === "AbortError" ? error : interrupted();
  }
}

/** The problem of an answer that ended early. */
export function interrupted() {
  return new Problem("The connection was lost before the end of the answer. Try again.", "interrupted");
}

function parse(part) {
  let event = "message";
  const data = [];
  for (const line of part.split(/\r?\n/)) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5));
  }
  return data.length ? { event, data: JSON.parse(data.join("\n")) } : null;
}
