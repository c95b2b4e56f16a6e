// Requests to the service, with one class for all their errors.
import { apiKey, askForKey } from "./key.js";

/** An error with a message for the user; `code` is the service's, or "unreachable", "interrupted". */
export class Problem extends Error {
  constructor(detail, code, requestId = "") {
    super(detail);
    this.code = code;
    this.requestId = requestId;
  }

  /** From a problem object (RFC 9457). */
  static from(body) {
    return new Problem(body.detail, body.code, body.request_id);
  }
}

/** The problem for a connection that failed. */
export function unreachable() {
  return new Problem("The service cannot be reached. Check that it is running, then try again.", "unreachable");
}

const BY_STATUS = {
  413: "The request is larger than the service accepts.",
  429: "Too many requests at once. Wait a moment, then try again.",
  502: "The service is not answering. Check that it is running, then try again.",
  503: "The service is busy or starting. Wait a moment, then try again.",
  504: "The service took too long to answer. Try again.",
};

/** The problem in a response's body; where a proxy sent another body, a message for the status. */
export function problemOf(status, text) {
  try {
    const body = JSON.parse(text);
    if (body.detail) return Problem.from(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return new Problem(BY_STATUS[status] ?? `The service responded with status ${status}.`, `http_${status}`);
}

/** The headers with the API key, if there is one. */
export function authorization() {
  return apiKey() ? { Authorization: `Bearer ${apiKey()}` } : {};
}

/** Repeat `send` with new API keys until it is not 401, or the user cancels; `statusOf` reads the result's status. */
export async function withKey(send, statusOf) {
  for (;;) {
    const sentWith = apiKey();
    const result = await send();
    if (statusOf(result) !== 401 || !(await askForKey(sentWith))) return result;
  }
}

/** A successful response. Raises `Problem`, or `AbortError` if `options.signal` aborts. */
export async function request(path, options = {}) {
  const response = await withKey(() => send(path, options), (result) => result.status);
  if (!response.ok) throw problemOf(response.status, await response.text());
  return response;
}

/** The JSON of a GET response. */
export async function getJson(path) {
  return (await request(path)).json();
}

/** The response to a POST with a JSON body. */
export function postJson(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return request(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

/** GET requests are retried once: a browser drops its connections when the machine's network changes. */
async function send(path, options) {
  const attempts = (options.method ?? "GET") === "GET" ? 2 : 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch(path, { ...options, headers: { ...options.headers, ...authorization() } });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      if (attempt === attempts) throw unreachable();
    }
  }
}
