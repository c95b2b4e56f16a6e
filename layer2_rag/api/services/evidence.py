"""Decide whether the quotes are enough to answer from, or whether to refuse."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.services.quoting import Quote
    from api.services.search import Hit

NO_DOCUMENTS = "no_documents"
NOTHING_RELEVANT = "nothing_relevant"


@dataclass(frozen=True)
class Verdict:
    """Whether to answer; if not, the reason code of the refusal. `confidence` is a probability, 0 to 1."""

    enough: bool
    reason: str | None
    confidence: float


def judge(question: str, hits: "Sequence[Hit]", quotes: "Sequence[Quote]") -> Verdict:
    """Judge the evidence for `question`."""
    if not hits or not quotes:
        return Verdict(False, NOTHING_RELEVANT, 0.0)
    confidence = min(1.0, quotes[0].score / 2)
    return Verdict(confidence >= 0.3, None if confidence >= 0.3 else NOTHING_RELEVANT, confidence)
