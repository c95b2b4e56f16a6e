"""Marks raised digits, so that `28 euros³` is not read as `euros3`, nor 10⁴ as 104."""

import re
from itertools import pairwise

import pypdfium2 as pdfium

from api.adapters.parsing.pdf.glyphs import glyph_index, origin, size, units

SMALLER = 0.85
"""Greatest ratio of the size of a superscript to the size of what it follows."""
RISE = 0.15
"""Least rise of a superscript, in sizes of what it follows."""

_CANDIDATES = re.compile(r"(?<=\S)\d+|(?<=[^\W\d]) \d{1,3}(?!\S)")
"""Digits behind something, or a number behind a word: PDFium may put a space before a raised one."""
_RAISED = "^"


def with_superscripts(page: pdfium.PdfTextPage, text: str, start: int) -> str:
    """`text`, whose first character is number `start` of the page, with `^` before each run of raised digits."""
    for match in reversed(list(_CANDIDATES.finditer(text))):
        digits = match.group().lstrip()
        before, first = (start + units(text[:at]) for at in (match.start(), match.end() - len(digits)))
        at = _raised_from(page, [before - 1, *range(first, first + len(digits))])
        if at is not None:
            cut = match.end() - len(digits) + at
            text = f"{text[:cut].rstrip()}{_RAISED}{text[cut:]}"
    return text


def _raised_from(page: pdfium.PdfTextPage, characters: list[int]) -> int | None:
    """The first of the digits after the first character that stands higher and is smaller than the one before it."""
    indices = [glyph_index(page, character) for character in characters]
    for number, (left, right) in enumerate(pairwise(indices)):
        if left >= 0 and right >= 0 and _is_raised(page, left, right):
            return number
    return None


def _is_raised(page: pdfium.PdfTextPage, left: int, right: int) -> bool:
    rise = origin(page, right)[1] - origin(page, left)[1]
    if rise <= 0:
        return False
    base = size(page, left)
    return RISE * base < rise < base and size(page, right) <= SMALLER * base
