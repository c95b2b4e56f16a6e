"""Where the wordpieces of a whole document lie, so that any part of it is measured without tokenizing again."""

from array import array
from bisect import bisect_left
from typing import Protocol

SEGMENT_CHARS = 32_768
"""Characters given to the tokenizer at once: large enough to be fast, small enough to bound its memory."""
CHARS_PER_PIECE = 8
"""A wordpiece counts as one per so many characters, if there are fewer.

English has about 4.5. But WordPiece turns any "word" of over 100 characters (a hash, a line of emoji, a page of
base64) into a single [UNK]: by wordpieces alone, a chunk could be megabytes long.
"""


class TokenCounter(Protocol):
    """The embedder's own tokenizer. The tokens of texts joined by white space are those of the parts."""

    window: int
    """Wordpieces the embedder reads of one text, its special tokens already subtracted."""

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
        """Wordpieces in `start:end`, or what its characters count for, if that is more."""
        pieces = bisect_left(self._starts, end) - bisect_left(self._starts, start)
        return max(pieces, -((start - end) // CHARS_PER_PIECE))

    def reach(self, start: int, size: int) -> int:
        """The farthest place up to which the text from `start` has at most this size."""
        index = bisect_left(self._starts, start) + size
        by_chars = start + size * CHARS_PER_PIECE
        return min(by_chars, self._starts[index]) if index < len(self._starts) else by_chars


def segment_end(text: str, begin: int, length: int) -> int:
    """At most `begin + length`: after the last white space in the segment's second half, if there is any."""
    limit = begin + length
    if limit >= len(text):
        return len(text)
    return next((place for place in range(limit, limit - length // 2, -1) if text[place - 1].isspace()), limit)
