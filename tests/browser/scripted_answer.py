"""Answers that a test scripts in the service's place: the documents are real, and so is what the page makes of them."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2
from playwright.sync_api import Page, Route

Json = dict[str, Any]
HELD = """() => {
    const { fetch } = window;
    const held = new Response(new ReadableStream({ start: (stream) => (window.stream = stream) }));
    window.fetch = (path, options) => (path === "chat/stream" ? Promise.resolve(held) : fetch(path, options));
}"""
SEND = "(event) => window.stream.enqueue(new TextEncoder().encode(event))"


def answer(response: str, **fields: Any) -> Json:
    """An answer of /chat."""
    usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18, "estimated": False, "trimmed_messages": 0}
    return {
        "response": response,
        "model": "scripted",
        "provider": "openai",
        "usage": usage,
        "finish_reason": "stop",
        "notice": None,
        "latency_ms": 812.4,
        "request_id": "r",
        "grounded": False,
        "claims": [],
        "sources": [],
        "refusal": None,
        "nearest": [],
        "removed_markers": 0,
        "revised": False,
        "cached": False,
        "check_ms": None,
        "conversation_id": None,
        "message_id": None,
    } | fields


def claim(response: str, text: str, *evidence: Json, support: str | None = None) -> Json:
    """The claim `text` of a response; supported if there is evidence."""
    start = response.index(text)
    return {
        "start": start,
        "end": start + len(text),
        "support": support or ("supported" if evidence else "unsupported"),
        "sources": [one["marker"] for one in evidence],
        "evidence": [{name: one[name] for name in ("marker", "start", "end", "quote")} for one in evidence],
    }


def source(url: str, marker: int, filename: str, quote: str, header: str = "") -> Json:
    """A passage of a document as source `marker`. It has the fields of evidence as well.

    `header`: of the table whose row is quoted.
    """
    documents = httpx2.get(f"{url}/documents", timeout=60).json()["documents"]
    [found] = [document for document in documents if document["filename"] == filename]
    text = httpx2.get(f"{url}/documents/{found['id']}/text", timeout=60).json()["text"]
    [chunk, *_] = httpx2.get(f"{url}/documents/{found['id']}/chunks", timeout=60).json()["chunks"]
    start = text.index(quote)
    return {
        "marker": marker,
        "document_id": found["id"],
        "filename": filename,
        "chunk_id": chunk["id"],
        "page": None,
        "start": start,
        "end": start + len(quote),
        "quote": quote,
        "score": 0.9,
        "above": {"titles": "", "caption": "", "header": header},
    }


@contextmanager
def answering(page: Page, done: Json, tokens: Sequence[str] | None = None) -> Iterator[None]:
    """In the block, the service streams these tokens, by default those of the response, and this end."""

    def fulfill(route: Route) -> None:
        events: list[tuple[str, Json]] = [("sources", {"sources": done["sources"]})]
        events += [("token", {"text": text}) for text in tokens or [done["response"]]] + [("done", done)]
        route.fulfill(
            content_type="text/event-stream",
            body="".join(event(name, data) for name, data in events),
        )

    page.route("**/chat/stream", fulfill)
    yield
    page.unroute("**/chat/stream", fulfill)


def hold(page: Page) -> Callable[[str, Json], None]:
    """Let the service's next stream wait for the events that the returned function sends."""
    page.evaluate(HELD)
    return lambda name, data: page.evaluate(SEND, event(name, data))


def event(name: str, data: Json) -> str:
    """A server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
