"""The lines of a PDF page as PDFium reads them, with their position and typeface.

A PDF has no paragraphs, only positioned glyphs. The first and the last glyph of each line are enough to find the
paragraphs, and reading them takes a tenth of the time that all glyphs would take.
"""

import math
from collections.abc import Iterator
from ctypes import byref, c_double, c_int, create_string_buffer
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

FORCE_BOLD = 1 << 18
"""Font descriptor flag, PDF 32000-1 table 123."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text. Positions in points, `baseline` growing upwards; `size`: the printed type size."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class _Glyph:
    left: float
    right: float
    baseline: float
    size: float
    bold: bool


_NOWHERE = _Glyph(0.0, 0.0, 0.0, 0.0, False)


def lines(page: pdfium.PdfTextPage, raw: str) -> Iterator[Line]:
    """The lines of `raw`, the text of the whole page, without the blank ones."""
    start = 0
    for line in raw.split("\n"):
        text = line.strip()
        if text:
            first_at = start + _units(line[: len(line) - len(line.lstrip())])
            first = _glyph(page, first_at)
            last = _glyph(page, first_at + _units(text) - 1)
            yield Line(text, first.left, last.right, first.baseline, first.size, first.bold and last.bold)
        start += _units(line) + 1


def _units(text: str) -> int:
    """Length in UTF-16 units, as PDFium counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _glyph(page: pdfium.PdfTextPage, text_index: int) -> _Glyph:
    """The glyph of a character; `_NOWHERE` for a character that PDFium generated."""
    index = pdfium_c.FPDFText_GetCharIndexFromTextIndex(page, text_index)
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    if index < 0 or not pdfium_c.FPDFText_GetCharBox(page, index, byref(left), byref(right), byref(bottom), byref(top)):
        return _NOWHERE
    x, baseline = c_double(), c_double()
    pdfium_c.FPDFText_GetCharOrigin(page, index, byref(x), byref(baseline))
    return _Glyph(left.value, right.value, baseline.value, _size(page, index), _is_bold(page, index))


def _size(page: pdfium.PdfTextPage, index: int) -> float:
    """Printed size, rounded to half points. Many PDFs set size 1 and scale it by the text matrix."""
    matrix = pdfium_c.FS_MATRIX()
    pdfium_c.FPDFText_GetMatrix(page, index, byref(matrix))
    scaled = pdfium_c.FPDFText_GetFontSize(page, index) * math.hypot(matrix.c, matrix.d)
    return round(scaled * 2) / 2 if math.isfinite(scaled) else 0.0


def _is_bold(page: pdfium.PdfTextPage, index: int) -> bool:
    name, flags = create_string_buffer(128), c_int()
    pdfium_c.FPDFText_GetFontInfo(page, index, name, len(name), byref(flags))
    return bool(flags.value & FORCE_BOLD) or any(word in name.value.lower() for word in (b"bold", b"black", b"heavy"))
