"""The offsets of all wordpieces of a text, so that any part of it is measured without tokenizing it again."""

from array import array
from bisect import bisect_left
from typing import Protocol

SEGMENT_CHARS = 32_768
"""Characters given to the tokenizer at once: large enough to be fast, small enough to bound its memory."""
CHARS_PER_PIECE = 8
"""A text counts at least one wordpiece per this number of characters.

English has about 4.5 characters per wordpiece. But WordPiece turns any "word" of over 100 characters (a hash, a line of
emoji, a page of base64) into a single [UNK]: by wordpieces alone, a chunk could be megabytes long.
"""


class TokenCounter(Protocol):
    """The embedder's own tokenizer. Texts joined by white space have the tokens of their parts."""

    window: int
    """Wordpieces that the embedder reads of one text, without the special tokens."""

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Character spans of the wordpieces in order; without special tokens, never truncated."""
        ...


class TokenMap:
    """The starts of all wordpieces of a text. Building it is linear in the text, measuring logarithmic."""

    def __init__(self, text: str, tokens: TokenCounter) -> None:
        self._starts = array("Q")
        begin = 0
        while begin < len(text):
            end = segment_end(text, begin, SEGMENT_CHARS)
            self._starts.extend([begin + start for start, _ in tokens.offsets(text[begin:end])])
            begin = end

    def size(self, start: int, end: int) -> int:
        """Wordpieces in `start:end`, and at least one per `CHARS_PER_PIECE` characters."""
        pieces = bisect_left(self._starts, end) - bisect_left(self._starts, start)
        return max(pieces, -((start - end) // CHARS_PER_PIECE))

    def reach(self, start: int, size: int) -> int:
        """The largest offset up to which the text from `start` has at most this size."""
        index = bisect_left(self._starts, start) + size
        by_chars = start + size * CHARS_PER_PIECE
        return min(by_chars, self._starts[index]) if index < len(self._starts) else by_chars


def segment_end(text: str, begin: int, length: int) -> int:
    """At most `begin + length`: after the last white space in the segment's second half, if there is any."""
    limit = begin + length
    if limit >= len(text):
        return len(text)
    return next((end for end in range(limit, limit - length // 2, -1) if text[end - 1].isspace()), limit)
