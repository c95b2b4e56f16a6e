"""The passages of hits that may be quoted, with the words that are compared with those of a question."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from api.services.retrieval.search import Hit
from api.services.text.lists import lists_of
from api.services.text.passages import Passage, is_unfinished, passages_of
from api.services.text.terms import terms

_ENUMERATED = re.compile(
    r"\W*(?:please\s+)?(?:list|name|enumerate|all|every|each|the whole|the complete)\b"
    r"|.*\b(?:which|what|how many|all|every)\s(?:of\s)?(?:the\s)?(?:\w+\s)?"
    r"(?:steps|items|points|things|parts|stages|phases|tasks|rules|requirements|conditions|reasons|types|kinds)\b"
    r"|.*\bwhat is on the\b|what are\b",
    re.IGNORECASE | re.DOTALL,
)
_ENDED = (".", "!", "?", "。", "！", "？", ",", ";", ":", "：")


@dataclass(frozen=True)
class Candidate:
    """A passage of a hit, its terms, and those of its context and of the file name."""

    hit: Hit
    passage: Passage
    terms: frozenset[str]
    context: frozenset[str]

    @property
    def texts(self) -> tuple[str, ...]:
        """What its vectors are computed from: an entry ("Reminder: 1 euro") may mean little without its title."""
        passage = self.passage
        if passage.value and passage.under:
            return passage.embedded, f"{passage.under}\n{passage.text}"
        return (passage.embedded,)

    def repeats(self, asked: Set[str]) -> bool:
        """Whether it says nothing but what is asked, as a heading does. A sentence may answer yes or no by that."""
        text = self.passage.value or self.passage.text
        whole = not (self.passage.row or text.endswith(_ENDED) or is_unfinished(text))
        return whole and set(terms(text)) <= asked


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """The passages of the hits, equal ones once: chunks may overlap, and documents repeat each other."""
    found: dict[str, Candidate] = {}
    for hit in hits:
        name = frozenset(terms(hit.filename))
        passages = passages_of(hit.text, hit.above)
        for passage in (*passages, *lists_of(hit.text, passages, hit.above)):
            if passage.label:
                continue
            context = name.union(terms(passage.context))
            own = frozenset(terms(passage.embedded if passage.listed else passage.text))
            found.setdefault(passage.text, Candidate(hit, passage, own, context))
    return [candidate for candidate in found.values() if any(map(str.isalnum, candidate.passage.text))]


def enumerates(question: str) -> bool:
    """Whether a question asks for all of several things: "List all steps of …", "How many items are in …?"."""
    return _ENUMERATED.match(question) is not None
