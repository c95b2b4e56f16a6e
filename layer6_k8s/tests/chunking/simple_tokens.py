"""A tokenizer that is simple enough to be obviously correct, with the relevant properties of WordPiece."""

import re

_PIECE = re.compile(r"\w{1,4}|[^\w\s]")
_WORD = re.compile(r"\S+")
LONGEST_WORD = 100


class SimpleTokens:
    """Words in pieces of four letters, punctuation one by one; a word of over 100 characters is a single piece."""

    def __init__(self, window: int = 254) -> None:
        self.window = window

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [span for word in _WORD.finditer(text) for span in self._pieces(text, word.span())]

    def _pieces(self, text: str, word: tuple[int, int]) -> list[tuple[int, int]]:
        if word[1] - word[0] > LONGEST_WORD:
            return [word]
        return [piece.span() for piece in _PIECE.finditer(text, *word)]
