"""The passages of hits that may be quoted, with the words that are compared with those of a question."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from api.services.rag.asking.acronyms import Form, as_asked
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
    """A passage of a hit, its terms, and those of its context and of the file name.

    `texts`: what its vectors are computed from. An entry ("Reminder: 1 euro") may mean little without its title.
    """

    hit: Hit
    passage: Passage
    terms: frozenset[str]
    context: frozenset[str]
    texts: tuple[str, ...]

    def repeats(self, asked: Set[str]) -> bool:
        """Whether it says nothing but what is asked, as a heading does. A sentence may answer yes or no by that."""
        text = self.passage.value or self.passage.text
        whole = not (self.passage.row or text.endswith(_ENDED) or is_unfinished(text))
        return whole and set(terms(text)) <= asked


def candidates(hits: Sequence[Hit], question: str = "", forms: Sequence[Form] = ()) -> list[Candidate]:
    """The passages of the hits, equal ones once: chunks may overlap, and documents repeat each other.

    Acronyms are compared in the form that the question has.
    """
    found: dict[object, Candidate] = {}
    each = enumerates(question)  # then the same sentence of another document is another instance
    for hit in hits:
        name = frozenset(terms(hit.filename))
        passages = passages_of(hit.text, hit.above)
        for passage in (*passages, *lists_of(hit.text, passages, hit.above)):
            if passage.label:
                continue
            context = name.union(terms(as_asked(passage.context, question, forms)))
            texts = tuple(as_asked(text, question, forms) for text in _texts(passage))
            own = frozenset(terms(texts[0] if passage.listed else as_asked(passage.text, question, forms)))
            key = (passage.text, hit.document_id) if each else passage.text
            found.setdefault(key, Candidate(hit, passage, own, context, texts))
    return [candidate for candidate in found.values() if any(map(str.isalnum, candidate.passage.text))]


def _texts(passage: Passage) -> list[str]:
    below_title = [f"{passage.under}\n{passage.text}"] if passage.value and passage.under else []
    return [passage.embedded, *below_title]


def enumerates(question: str) -> bool:
    """Whether a question asks for all of several things: "List all steps of …", "How many items are in …?"."""
    return _ENUMERATED.match(question) is not None
