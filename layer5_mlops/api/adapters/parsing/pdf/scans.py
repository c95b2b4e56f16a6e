"""Recognises the pages of a PDF that are pictures of text."""

from collections.abc import Sequence
from typing import Any

import pypdfium2 as pdfium

from api.adapters.parsing.ocr.offer import ScansFound, in_time, is_usable
from api.adapters.parsing.ocr.reading import Reading, reading
from api.adapters.parsing.ocr.recogniser import Recognises, start_recogniser
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import Ocr, ParseLimits

SIDE = 2_000
"""Pixels of the longer side of a rendered page: 170 dpi for A4."""
SHORT = 1_000
"""Pixels of the shorter side of a long page, such as a receipt."""
LONGEST = 6_000


def recognised(pdf: pdfium.PdfDocument, scans: Sequence[int], limits: ParseLimits) -> dict[int, Reading]:
    """What OCR reads on the first of these pages (from 0), as many as are allowed; nothing if it is off.

    Raises `ScansFound` if they are to be recognised later.
    """
    if not scans or not is_usable(limits):
        return {}
    if limits.ocr is Ocr.LATER:
        raise ScansFound(min(len(scans), limits.ocr_pages))
    recogniser = start_recogniser()
    return {number: _read(pdf, number, recogniser) for number in in_time(scans, limits)}


def _read(pdf: pdfium.PdfDocument, number: int, recogniser: Recognises) -> Reading:
    try:
        page = pdf[number]
        scale = _scale(*page.get_size())
        image: Any = page.render(scale=scale, rev_byteorder=False).to_numpy()
    except pdfium.PdfiumError as error:
        raise UnreadableDocument(f"The PDF is damaged: page {number + 1} cannot be drawn.") from error
    return reading(recogniser.pieces(image[:, :, :3]), 1 / scale)


def _scale(width: float, height: float) -> float:
    """Pixels for a point."""
    longer, shorter = max(width, height, 1.0), max(min(width, height), 1.0)
    return min(max(SIDE / longer, SHORT / shorter), LONGEST / longer)
