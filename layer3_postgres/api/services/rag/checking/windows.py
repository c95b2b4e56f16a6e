"""What a sentence is compared with: the passages of the sources, one or two neighbours, and what they give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.services.rag.checking.details import denials, has_pronoun
from api.services.rag.checking.ranges import Given, given
from api.services.retrieval.search import Hit
from api.services.text.passages import Passage, passages_of
from api.services.text.terms import terms


@dataclass(frozen=True)
class Span:
    """A part of source `number` (1 for the first hit): `text` equals the document's stored text at `start..end`."""

    number: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Window:
    """A passage, or two neighbours, with what is compared. `passages`: the indexes of its vectors.

    `terms` are its own. `named`: these and, if a pronoun stands in it, those of the chunk's first passage, which "it"
    or "she" may name. `first`: for each term of the chunk, the passage where it first stands, 0 for what the chunk is
    about; `at` is the window's own first one. `parts`: the windows of the two neighbours.
    """

    span: Span
    passages: tuple[int, ...]
    terms: frozenset[str]
    named: frozenset[str]
    pronoun: bool
    first: Mapping[str, int]
    at: int
    bounds: frozenset[str]
    numbers: Given
    numbers_around: Given
    denials: tuple[tuple[str, ...], ...]
    parts: tuple["Window", ...] = ()

    def for_all(self, said: frozenset[str]) -> "Window":
        """The one of the two neighbours that holds all terms of a sentence by itself; the window if none does."""
        return next((part for part in self.parts if said <= part.terms), self)


def windows_of(hits: Sequence[Hit]) -> tuple[list[str], list[Window]]:
    """The texts of all passages, and the windows over them."""
    texts: list[str] = []
    windows: list[Window] = []
    for number, hit in enumerate(hits, start=1):
        found = [passage for passage in passages_of(hit.text, hit.above) if any(map(str.isalnum, passage.text))]
        chunk = _Chunk(number, hit, found, len(texts))
        alone = [chunk.window(at, at) for at in range(len(found))]
        windows += alone
        windows += [
            chunk.window(at - 1, at, (alone[at - 1], alone[at])) for at in range(1, len(found)) if _go_on(found, at)
        ]
        texts += [passage.embedded for passage in found]
    return texts, windows


class _Chunk:
    """Makes the windows of a chunk; `offset` is the index of its first vector."""

    def __init__(self, number: int, hit: Hit, found: Sequence[Passage], offset: int) -> None:
        self.number, self.hit, self.found, self.offset = number, hit, found, offset
        self.lead = frozenset(terms(found[0].text)) if found else frozenset()
        self.first = _first(hit.filename, found)
        self.bounds = given(hit.text).bounds

    def window(self, first: int, last: int, parts: tuple[Window, ...] = ()) -> Window:
        found = self.found
        start, end = found[first].start, found[last].end
        text = self.hit.text[start:end]
        around = self.hit.text[found[max(first - 1, 0)].start : found[min(last + 1, len(found) - 1)].end]
        top = f"{found[first].context}\n" if found[first].row else ""  # the columns' names, which may be years
        own, pronoun = frozenset(terms(top + text)), has_pronoun(text)
        return Window(
            span=Span(self.number, self.hit.start + start, self.hit.start + end, text),
            passages=tuple(range(self.offset + first, self.offset + last + 1)),
            terms=own,
            named=own | self.lead if pronoun else own,
            pronoun=pronoun,
            first=self.first,
            at=first,
            bounds=self.bounds,
            numbers=given(top + text),
            numbers_around=given(top + around),
            denials=denials(text),
            parts=parts,
        )


def _go_on(found: Sequence[Passage], at: int) -> bool:
    """Whether a passage may go on with what the one before it says. A row does not: its neighbour has other values."""
    return not (found[at].row and found[at - 1].row)


def _first(filename: str, found: Sequence[Passage]) -> dict[str, int]:
    """The passage where each term first stands; 0 for the file name, the titles and the first passage that is none."""
    opening = next((at for at, passage in enumerate(found) if not passage.title), 0)
    first = dict.fromkeys(terms(filename), 0)
    for at, passage in enumerate(found):
        about = passage.title or at == opening
        for term in terms(passage.text):
            first[term] = 0 if about else first.get(term, at)
    return first
