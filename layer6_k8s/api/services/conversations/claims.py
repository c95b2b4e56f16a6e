"""The claims of a stored answer, as /chat gave them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.services.conversations.conversations import StoredSource


@dataclass(frozen=True)
class Edit:
    """A part `start..end` of a text that was replaced by one of another length."""

    start: int
    end: int
    length: int


def read_claims(
    stored: Sequence[Mapping[str, Any]], sources: Sequence[StoredSource], edits: Sequence[Edit]
) -> list[dict[str, Any]]:
    """The claims with their evidence, at their offsets after the edits; without those whose text was replaced."""
    by_marker = {source.marker: source for source in sources}
    return [_claim(claim, by_marker, edits) for claim in stored if not any(_overlaps(claim, edit) for edit in edits)]


def _claim(stored: Mapping[str, Any], sources: Mapping[int, StoredSource], edits: Sequence[Edit]) -> dict[str, Any]:
    shift = sum(edit.length - (edit.end - edit.start) for edit in edits if edit.end <= stored["start"])
    return {
        "start": stored["start"] + shift,
        "end": stored["end"] + shift,
        "support": stored["support"],
        "sources": [evidence["marker"] for evidence in stored["evidence"]],
        "evidence": [{**evidence, "quote": _quote(evidence, sources)} for evidence in stored["evidence"]],
    }


def _quote(evidence: Mapping[str, Any], sources: Mapping[int, StoredSource]) -> str | None:
    source = sources.get(evidence["marker"])
    return source.text(evidence["start"], evidence["end"]) if source else None


def _overlaps(claim: Mapping[str, Any], edit: Edit) -> bool:
    return bool(claim["start"] < edit.end and claim["end"] > edit.start)
