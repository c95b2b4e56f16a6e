"""Words that a line break cut in two.

PDFium marks a hyphen at the end of a line with U+FFFE and joins the lines. Whether the hyphen belongs to the
word (`third-party`) or only to the line (`infor-mation`) is decided by the document's own vocabulary.
"""

import re

MARK = "\ufffe"

_BROKEN = re.compile(rf"(\w*){MARK}(\w*)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class Hyphens:
    """Mends broken words by what else the document says. `pages`: the raw text of all its pages."""

    def __init__(self, pages: list[str]) -> None:
        broken = any(MARK in page for page in pages)
        self._known = {word.casefold() for page in pages for word in _words(page)} if broken else set()

    def mend(self, text: str) -> str:
        """`text` with every mark replaced by a hyphen or by nothing."""
        return _BROKEN.sub(self._mended, text) if MARK in text else text

    def _mended(self, match: re.Match[str]) -> str:
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
    """Whole words of the page, and the parts of its compounds; the two halves of a broken word do not count."""
    compounds = _WORD.findall(_BROKEN.sub(" ", page))
    return compounds + [part for word in compounds if "-" in word for part in word.split("-")]
