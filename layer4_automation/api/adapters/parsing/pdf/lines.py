"""The lines of a PDF page as PDFium reads them, with their position and typeface.

A PDF has no paragraphs, only positioned glyphs. The first and the last glyph of each line are enough to find the
paragraphs, and reading them takes a tenth of the time that all glyphs would take. Where these two differ, a glyph
between them decides: a line may begin with small capitals, or end with a raised number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pypdfium2 as pdfium

from api.adapters.parsing.pdf.glyphs import Glyph, glyph, units
from api.adapters.parsing.pdf.hyphens import MARK
from api.adapters.parsing.pdf.superscripts import with_superscripts
from api.adapters.parsing.pdf.visibility import Visibility

_VISUAL_LINE = re.compile(rf"[^{MARK}\n]*(?:{MARK}|\n|\Z)")
_SYMBOL_BULLETS = re.compile("^[\uf0a7\uf0b7\uf0d8\uf076\uf0fc](?=\\s|$)")
"""Bullets of the fonts Symbol and Wingdings, which have no Unicode characters of their own."""
_FOOTNOTE_MARK = re.compile(r"\d{1,3}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text. Positions in points, `baseline` growing upwards; `size`: the printed type size."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool


def lines(page: pdfium.PdfTextPage, raw: str, visibility: Visibility) -> Iterator[Line]:
    """The visible lines of `raw`, the text of the whole page, without the blank ones.

    PDFium joins two lines at a hyphen; here they are two, and the first one ends with the hyphen's mark.
    """
    start = 0
    above: Line | None = None
    for match in _VISUAL_LINE.finditer(raw):
        line = _line(page, match.group(), start, visibility)
        start += units(match.group())
        if line is None:
            continue
        merged = above and _merged(above, line)
        if above and not merged:
            yield above
        above = merged or line
    if above:
        yield above


def _line(page: pdfium.PdfTextPage, raw: str, start: int, visibility: Visibility) -> Line | None:
    text = raw.strip()
    if not text:
        return None
    first_at = start + units(raw[: len(raw) - len(raw.lstrip())])
    last_at = first_at + units(text.rstrip(MARK)) - 1
    first, last = glyph(page, first_at), glyph(page, max(first_at, last_at))
    if not visibility.on_page(first, last):
        return None
    shown = visibility.shown(text, first_at)
    if not shown.strip():
        return None
    text = with_superscripts(page, text, first_at) if shown == text else shown.strip()
    usual = _usual(first, glyph(page, (first_at + last_at) // 2), last)
    text = _SYMBOL_BULLETS.sub("•", text)
    return Line(text, first.left, last.right, usual.baseline, usual.size, first.bold and last.bold)


def _usual(first: Glyph, middle: Glyph, last: Glyph) -> Glyph:
    """The first glyph, unless the other two agree on another size or baseline."""
    if middle.size == last.size != first.size:
        return last
    return last if middle.size == last.size and abs(middle.baseline - last.baseline) < 0.1 * last.size else first


def _merged(above: Line, line: Line) -> Line | None:
    """One line of two pieces that PDFium tore apart at a raised footnote mark or a row of dots; None for two lines."""
    rise, gap = line.baseline - above.baseline, line.left - above.right
    if _FOOTNOTE_MARK.fullmatch(above.text) and above.size <= 0.85 * line.size:  # of a footnote, which begins with it
        is_mark = -line.size < rise < 0 and -0.2 * line.size <= gap <= line.size
        return replace(line, text=f"^{above.text} {line.text}", left=above.left) if is_mark else None
    level = abs(rise) < 0.1 * above.size
    if level and gap > 0 and above.text.endswith("...") and _FOOTNOTE_MARK.fullmatch(line.text):
        return replace(above, text=f"{above.text} {line.text}", right=line.right)
    if not above.size or not -above.size <= gap <= above.size:
        return None
    if _FOOTNOTE_MARK.fullmatch(line.text) and line.size <= 0.85 * above.size and 0 < rise < above.size:
        return replace(above, text=f"{above.text}^{line.text}", right=line.right)
    torn = above.text[-1:].isdigit() and "^" in above.text[-4:] and level
    return replace(above, text=f"{above.text} {line.text}", right=line.right) if torn else None
