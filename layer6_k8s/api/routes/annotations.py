"""The sources of an answer as OpenAI's annotations of a message."""

from typing import Any

from api.http.links import document_url
from api.services.chat.turn import Answer, Source


def annotations(answer: Answer, base_url: str) -> dict[str, Any]:
    """A `url_citation` for each source, in the order of the markers: some front ends resolve `[n]` by position."""
    ordered = sorted(answer.sources, key=lambda source: source.marker)
    cited = [{"type": "url_citation", "url_citation": _citation(answer, source, base_url)} for source in ordered]
    return {"annotations": cited} if cited else {}


def _citation(answer: Answer, source: Source, base_url: str) -> dict[str, Any]:
    """The URL opens the page at the quote; the indices are the characters of the marker in the content."""
    start, end = _span(answer, source.marker)
    page = f", page {source.page}" if source.page else ""
    return {
        "url": document_url(base_url, source.document_id, source.start, source.end),
        "title": f"{source.filename}{page}",
        "start_index": start,
        "end_index": end,
    }


def _span(answer: Answer, marker: int) -> tuple[int, int]:
    """The first marker in the response, else the first claim that the source supports, if it is still there."""
    written = f"[{marker}]"
    at = answer.response.find(written)
    if at >= 0:
        return at, at + len(written)
    claims = () if answer.revised else answer.claims
    return next(((claim.start, claim.end) for claim in claims if marker in claim.sources), (0, 0))
