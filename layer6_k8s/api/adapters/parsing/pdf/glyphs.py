"""The glyphs of a PDF page as PDFium reads them: position, size and weight."""

import math
from ctypes import byref, c_double, c_int, create_string_buffer
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

FORCE_BOLD = 1 << 18
"""Font descriptor flag, PDF 32000-1 table 123."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph. Positions in points, `baseline` growing upwards; `size`: the printed type size."""

    left: float
    right: float
    baseline: float
    size: float
    bold: bool


NOWHERE = Glyph(0.0, 0.0, 0.0, 0.0, False)


def units(text: str) -> int:
    """Length in UTF-16 units, as PDFium counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def glyph_index(page: pdfium.PdfTextPage, text_index: int) -> int:
    """The index of a character's glyph; negative for a character that PDFium generated."""
    return int(pdfium_c.FPDFText_GetCharIndexFromTextIndex(page, text_index))


def glyph(page: pdfium.PdfTextPage, text_index: int) -> Glyph:
    """The glyph of a character; `NOWHERE` for a character that PDFium generated."""
    index = glyph_index(page, text_index)
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    if index < 0 or not pdfium_c.FPDFText_GetCharBox(page, index, byref(left), byref(right), byref(bottom), byref(top)):
        return NOWHERE
    _, baseline = origin(page, index)
    return Glyph(left.value, right.value, baseline, size(page, index), _is_bold(page, index))


def origin(page: pdfium.PdfTextPage, index: int) -> tuple[float, float]:
    """The point on the baseline at which a glyph begins."""
    x, baseline = c_double(), c_double()
    pdfium_c.FPDFText_GetCharOrigin(page, index, byref(x), byref(baseline))
    return x.value, baseline.value


def size(page: pdfium.PdfTextPage, index: int) -> float:
    """Printed size, rounded to half points. Many PDFs set size 1 and scale it by the text matrix."""
    matrix = pdfium_c.FS_MATRIX()
    pdfium_c.FPDFText_GetMatrix(page, index, byref(matrix))
    scaled = pdfium_c.FPDFText_GetFontSize(page, index) * math.hypot(matrix.c, matrix.d)
    return round(scaled * 2) / 2 if math.isfinite(scaled) else 0.0


def _is_bold(page: pdfium.PdfTextPage, index: int) -> bool:
    name, flags = create_string_buffer(128), c_int()
    pdfium_c.FPDFText_GetFontInfo(page, index, name, len(name), byref(flags))
    return bool(flags.value & FORCE_BOLD) or any(word in name.value.lower() for word in (b"bold", b"black", b"heavy"))
