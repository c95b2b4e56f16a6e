"""Splits a paragraph that is too long for one chunk: at sentences, else between words, else inside a word."""

from collections.abc import Iterator

from api.services.embedding.token_map import TokenCounter, TokenMap, segment_end
from api.services.parsing.parser import Span
from api.services.text.sentences import sentences

OVERLAP = 32
"""Wordpieces: a last sentence up to this size also begins the next chunk, so that "it" and "this" keep their noun."""
MAX_CHARS = 1_000
"""Characters of a chunk, even if the embedder could read more: people read the hits, too."""
SEGMENT_CHARS = 8_192
"""Characters that are split into sentences at a time, so that hostile text takes linear time."""


class Splitter:
    """Splits the paragraphs of one text."""

    def __init__(self, text: str, sizes: TokenMap, tokens: TokenCounter) -> None:
        self._text = text
        self._sizes = sizes
        self._tokens = tokens

    def split(self, paragraph: Span, target: int, limit: int) -> Iterator[Span]:
        """Parts of about equal size near `target`, none too long; their starts increase."""
        if paragraph[1] - paragraph[0] <= 2 * MAX_CHARS and (halves := self._two_ends(paragraph, limit)):
            yield from halves
            return
        goal = self._goal(paragraph, target)
        part: list[Span] = []
        for atom in self._atoms(paragraph, limit):
            if part and self._is_full(part, atom, goal, limit):
                pieces = list(self._within(part[0][0], part[-1][1], limit))
                yield from pieces
                part = [last for last in self._repeated(part, atom, limit) if last[0] > pieces[-1][0]]
                goal = self._goal((atom[0], paragraph[1]), target)
            part.append(atom)
        yield from self._within(part[0][0], part[-1][1], limit)

    def is_too_long(self, span: Span, limit: int) -> bool:
        """Whether the span has more than `limit` wordpieces, or more characters than a chunk may have."""
        return self._sizes.size(*span) > limit or span[1] - span[0] > MAX_CHARS

    def fits(self, span: Span, limit: int) -> bool:
        """Whether the span, tokenized by itself, has at most `limit` wordpieces: needed where a word was split."""
        return len(self._tokens.offsets(self._text[span[0] : span[1]])) <= limit

    def _two_ends(self, paragraph: Span, limit: int) -> tuple[Span, Span] | None:
        """The beginning and the end of a paragraph, each as long as a chunk may be, if these two cover it.

        They overlap in the middle: retrieval is best when a chunk holds as much of one subject as it may.
        """
        start, end = paragraph
        atoms = list(self._atoms(paragraph, limit))
        head = [atom for atom in atoms if not self.is_too_long((start, atom[1]), limit)]
        tail = [atom for atom in atoms if not self.is_too_long((atom[0], end), limit)]
        if len(head) + len(tail) < len(atoms):
            return None
        both = (start, head[-1][1]), (tail[0][0], end)
        return both if all(self.fits(part, limit) for part in both) else None

    def _goal(self, rest: Span, target: int) -> int:
        """The size of one part, if the rest is divided evenly into as few parts as the target allows."""
        size = self._sizes.size(*rest)
        parts = max(-(-size // target), -((rest[0] - rest[1]) // MAX_CHARS))
        return -(-size // parts)

    def _is_full(self, part: list[Span], atom: Span, goal: int, limit: int) -> bool:
        """Whether the part is closer to the goal without the atom than with it."""
        without = self._sizes.size(part[0][0], part[-1][1])
        extended = self._sizes.size(part[0][0], atom[1])
        return self.is_too_long((part[0][0], atom[1]), limit) or extended - goal > goal - without

    def _repeated(self, part: list[Span], atom: Span, limit: int) -> list[Span]:
        """The last sentence of the finished part, if it is short and not the whole part."""
        last = part[-1]
        short = self._sizes.size(*last) <= OVERLAP and not self.is_too_long((last[0], atom[1]), limit)
        return [last] if short and len(part) > 1 else []

    def _atoms(self, paragraph: Span, limit: int) -> Iterator[Span]:
        """Sentences, and pieces of sentences that are longer than the limit."""
        begin, end = paragraph
        while begin < end:
            stop = min(segment_end(self._text, begin, SEGMENT_CHARS), end)
            for sentence in sentences(self._text[begin:stop]):
                yield from self._cut(begin + sentence.start, begin + sentence.end, limit)
            begin = stop

    def _cut(self, start: int, end: int, limit: int) -> Iterator[Span]:
        """Runs of words within the limit; a longer word is split too."""
        while self._sizes.size(start, end) > limit:
            reach = self._sizes.reach(start, limit)
            cut = segment_end(self._text, start, reach - start)
            yield from self._trimmed(start, cut)
            start = cut
        yield from self._trimmed(start, end)

    def _within(self, start: int, end: int, limit: int) -> Iterator[Span]:
        """The span, halved while it has too many wordpieces: a split word has other wordpieces than the map says."""
        if end - start <= 1 or self.fits((start, end), limit):
            yield start, end
            return
        middle = segment_end(self._text, start, (end - start) // 2)
        for half in (*self._trimmed(start, middle), *self._trimmed(middle, end)):
            yield from self._within(*half, limit)

    def _trimmed(self, start: int, end: int) -> Iterator[Span]:
        piece = self._text[start:end]
        if not piece.isspace() and piece:
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
