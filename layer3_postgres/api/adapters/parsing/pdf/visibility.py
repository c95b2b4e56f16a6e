"""Which text of a PDF page a reader sees.

Text that nobody sees must not be quoted, and is a way to slip instructions to a language model: text outside the page,
white text on white paper, and text that is drawn in the invisible mode. That mode is also how OCR lays its words over
a scanned image, and white text stands on coloured areas: text is therefore seen if something is painted at its place.
"""

import re
from collections.abc import Iterator
from ctypes import byref, c_float, c_int, c_uint
from functools import cached_property

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from api.adapters.parsing.pdf.glyphs import NOWHERE, Glyph, glyph_index, origin, units

WHITE = 245
"""Least value of red, green and blue that cannot be told from white paper."""
FAINT = 13
"""Opacity, of 255, that cannot be seen."""
INVISIBLE = (pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium_c.FPDF_TEXTRENDERMODE_CLIP)
MOST = 0.6
"""Share of a page above which an image is the page."""
MAX_NESTING = 4
MAX_OBJECTS = 200_000
"""Objects of a page that are looked at."""

_WORD = re.compile(r"\S+")

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in points."""


class Visibility:
    """Answers for one page whether its text can be seen.

    `outside`: whether any text lies outside the page. `unseen`: whether any on it cannot be seen.
    """

    def __init__(self, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> None:
        self._page = page
        self._textpage = textpage
        self._crop: Box = page.get_cropbox()
        self.outside = self.unseen = False

    def on_page(self, first: Glyph, last: Glyph) -> bool:
        """Whether a line from one glyph to the other lies on the page at least in part."""
        if NOWHERE in (first, last):
            return True
        left, bottom, right, top = self._crop
        width = min(first.left, last.left) <= right and max(first.right, last.right) >= left
        height = min(first.baseline, last.baseline) <= top and max(first.baseline, last.baseline) >= bottom
        self.outside |= not (width and height)
        return width and height

    def shown(self, text: str, start: int) -> str:
        """The characters of `text` that can be seen; `start` is the number of its first one on the page."""
        words = (start + units(text[: word.start()]) for word in _WORD.finditer(text))
        if all(self._is_inked(glyph_index(self._textpage, word)) for word in words):
            return text
        kept, seen = list[str](), True
        for character in text:
            index = glyph_index(self._textpage, start)
            start += units(character)
            if index >= 0 and not character.isspace():
                seen = self._is_inked(index) or self._is_on_paint(index)
            if seen:
                kept.append(character)
        shown = "".join(kept)
        self.unseen |= shown != text
        return shown

    def _is_inked(self, index: int) -> bool:
        """Whether a glyph leaves ink on white paper."""
        item = pdfium_c.FPDFText_GetTextObject(self._textpage, index) if index >= 0 else None
        if not item:
            return True
        mode = pdfium_c.FPDFTextObj_GetTextRenderMode(item)
        return mode not in INVISIBLE and (mode != pdfium_c.FPDF_TEXTRENDERMODE_FILL or _has_colour(item))

    def _is_on_paint(self, index: int) -> bool:
        x, y = origin(self._textpage, index)
        return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in self._painted)

    @cached_property
    def _painted(self) -> list[Box]:
        return [box for item, form_box in _objects(self._page) if _paints(item) and (box := form_box or _box(item))]

    @cached_property
    def has_image(self) -> bool:
        """Whether the page shows an image of any size."""
        return any(_kind(item) == pdfium_c.FPDF_PAGEOBJ_IMAGE for item, _ in _objects(self._page))

    @cached_property
    def is_picture(self) -> bool:
        """Whether one image covers most of the page."""
        images = (box or _box(item) for item, box in _objects(self._page) if _kind(item) == pdfium_c.FPDF_PAGEOBJ_IMAGE)
        return any(_area(_common(box, self._crop)) > MOST * _area(self._crop) for box in images if box)


def _objects(page: pdfium.PdfPage) -> Iterator[tuple[pdfium_c.FPDF_PAGEOBJECT, Box | None]]:
    """The objects of the page and of its forms; those of a form with the form's box, because theirs is relative."""
    left = MAX_OBJECTS
    open_forms: list[tuple[object, int, Box | None, int]] = [(page.raw, 0, None, pdfium_c.FPDFPage_CountObjects(page))]
    while open_forms and left:
        container, depth, form_box, count = open_forms.pop()
        get = pdfium_c.FPDFFormObj_GetObject if depth else pdfium_c.FPDFPage_GetObject
        for number in range(min(count, left)):
            item = get(container, number)
            left -= 1
            yield item, form_box
            if _kind(item) == pdfium_c.FPDF_PAGEOBJ_FORM and depth < MAX_NESTING:
                open_forms.append((item, depth + 1, form_box or _box(item), pdfium_c.FPDFFormObj_CountObjects(item)))


def _box(item: pdfium_c.FPDF_PAGEOBJECT) -> Box | None:
    left, bottom, right, top = c_float(), c_float(), c_float(), c_float()
    found = pdfium_c.FPDFPageObj_GetBounds(item, byref(left), byref(bottom), byref(right), byref(top))
    return (left.value, bottom.value, right.value, top.value) if found else None


def _common(one: Box, other: Box) -> Box:
    """The part that two boxes have in common; its area is 0 if there is none."""
    left, bottom = max(one[0], other[0]), max(one[1], other[1])
    return left, bottom, max(left, min(one[2], other[2])), max(bottom, min(one[3], other[3]))


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _kind(item: pdfium_c.FPDF_PAGEOBJECT) -> int:
    return int(pdfium_c.FPDFPageObj_GetType(item))


def _has_colour(item: pdfium_c.FPDF_PAGEOBJECT) -> bool:
    red, green, blue, opacity = c_uint(), c_uint(), c_uint(), c_uint()
    if not pdfium_c.FPDFPageObj_GetFillColor(item, byref(red), byref(green), byref(blue), byref(opacity)):
        return True
    return opacity.value > FAINT and min(red.value, green.value, blue.value) < WHITE


def _paints(item: pdfium_c.FPDF_PAGEOBJECT) -> bool:
    """Whether an object covers an area with something other than white."""
    kind = _kind(item)
    if kind != pdfium_c.FPDF_PAGEOBJ_PATH:
        return kind in (pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING)
    fill, stroke = c_int(), c_int()
    return bool(pdfium_c.FPDFPath_GetDrawMode(item, byref(fill), byref(stroke)) and fill.value and _has_colour(item))
