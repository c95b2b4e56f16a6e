"""Restores words that a line break split.

PDFium marks a hyphen at the end of a line with U+FFFE and joins the lines. The vocabulary of the document decides
whether the hyphen belongs to the word (`third-party`) or only to the line break (`infor-mation`).
"""

import re

MARK = "\ufffe"

_SPLIT = re.compile(rf"(\w*){MARK}(\w*)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class Hyphens:
    """Restores split words by the other words of the document. `pages`: the raw text of all its pages."""

    def __init__(self, pages: list[str]) -> None:
        split = any(MARK in page for page in pages)
        self._known = {word.casefold() for page in pages for word in _words(page)} if split else set()

    def restore(self, text: str) -> str:
        """`text` with every mark replaced by a hyphen or removed."""
        return _SPLIT.sub(self._restored, text) if MARK in text else text

    def _restored(self, match: re.Match[str]) -> str:
        left, right = match.groups()
        return f"{left}-{right}" if self._is_compound(left, right) else left + right

    def _is_compound(self, left: str, right: str) -> bool:
        if not (left.isalpha() and right.isalpha() and right.islower()):
            return True  # "non-AWS", "13a-15": syllables are lower-case letters
        left, right = left.casefold(), right.casefold()
        if f"{left}-{right}" in self._known:
            return True
        return left + right not in self._known and left in self._known and right in self._known


def _words(page: str) -> list[str]:
    """The words of the page and the parts of its compounds, without the halves of split words."""
    compounds = _WORD.findall(_SPLIT.sub(" ", page))
    return compounds + [part for word in compounds if "-" in word for part in word.split("-")]
