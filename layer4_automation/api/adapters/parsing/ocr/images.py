"""Reads images: the text that OCR recognises in them."""

from api.adapters.parsing.ocr.offer import SCRIPTS, ScansFound, in_time, is_usable, offer, warn
from api.adapters.parsing.ocr.pixels import opened
from api.adapters.parsing.ocr.reading import Reading, reading
from api.adapters.parsing.ocr.recogniser import start_recogniser
from api.adapters.parsing.pdf.blocks import Typography, blocks
from api.adapters.parsing.pdf.hyphens import Hyphens
from api.adapters.parsing.text_builder import DocumentText
from api.services.parsing.errors import UnsupportedDocument
from api.services.parsing.parser import IMAGES, TIFF, Ocr, ParsedDocument, ParseLimits

NO_TEXT = f"OCR recognised no text in the image. {SCRIPTS}"


def parse_image(content_type: str, data: bytes, limits: ParseLimits) -> ParsedDocument:
    """The text of each page of the image; only TIFF has several.

    Raises `UnsupportedDocument` without OCR, `DocumentBomb` above `limits.ocr_pixels`, `UnreadableDocument` when it is
    damaged or has no text, and `ScansFound` when it is to be recognised later.
    """
    if not is_usable(limits):
        raise UnsupportedDocument(f"This is a {IMAGES[content_type]} image. {offer(limits)}")
    if limits.ocr is Ocr.LATER:  # the memory of a small document does not suffice to open it
        raise ScansFound(limits.ocr_pages if content_type == TIFF else 1)
    with opened(data, content_type, limits.ocr_pixels) as image:
        recogniser = start_recogniser()
        numbers = in_time(range(image.count), limits)
        pages = [reading(recogniser.pieces(image.page(number))) for number in numbers]
        return _assembled(pages, image.count, content_type, limits)


def _assembled(pages: list[Reading], count: int, content_type: str, limits: ParseLimits) -> ParsedDocument:
    text = DocumentText(limits)
    legible = {number: page.legible for number, page in enumerate(pages, 1)}
    warn(text, legible, range(len(pages) + 1, count + 1), limits)
    typography = Typography.of([page.lines for page in pages])
    hyphens = Hyphens([page.text for page in pages])
    for page in pages:
        for block in blocks(page.lines, typography, page.regions):
            text.add(hyphens.restored(block), recognised=True)
        text.end_page()
    return text.parsed(content_type, NO_TEXT)
