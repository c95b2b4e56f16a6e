"""Reads images: the text that OCR recognises in them."""

from importlib import import_module

from api.adapters.parsing.ocr.offer import ScansFound, is_usable, offer, warn
from api.adapters.parsing.ocr.reading import Reading, reading
from api.adapters.parsing.ocr.recogniser import start_recogniser
from api.adapters.parsing.pdf.blocks import Typography, blocks
from api.adapters.parsing.pdf.hyphens import Hyphens
from api.adapters.parsing.text_builder import DocumentText
from api.services.parsing.errors import UnsupportedDocument
from api.services.parsing.parser import IMAGES, Ocr, ParsedDocument, ParseLimits

NO_TEXT = "OCR recognised no text in the image."


def parse_image(content_type: str, data: bytes, limits: ParseLimits) -> ParsedDocument:
    """The text of each page of the image; only TIFF has several.

    Raises `UnsupportedDocument` without OCR, `DocumentBomb` above `limits.ocr_pixels`, `UnreadableDocument` when it is
    damaged or has no text, and `ScansFound` when it is to be recognised later.
    """
    if not is_usable(limits):
        raise UnsupportedDocument(f"This is a {IMAGES[content_type]} image. {offer(limits)}")
    pixels = import_module("api.adapters.parsing.ocr.pixels")  # needs the extra
    with pixels.opened(data, content_type, limits.ocr_pixels) as image:
        read = range(min(image.count, limits.ocr_pages))
        if limits.ocr is Ocr.LATER:
            raise ScansFound(len(read))
        recogniser = start_recogniser()
        pages = [reading(recogniser.pieces(image.page(number))) for number in read]
        return _assembled(pages, image.count, content_type, limits)


def _assembled(pages: list[Reading], count: int, content_type: str, limits: ParseLimits) -> ParsedDocument:
    text = DocumentText(limits)
    numbers = range(1, count + 1)
    warn(text, numbers[: len(pages)], numbers[len(pages) :], whole=count == 1)
    typography = Typography.of([page.lines for page in pages])
    hyphens = Hyphens([page.text for page in pages])
    for page in pages:
        for block in blocks(page.lines, typography, page.regions):
            text.add(hyphens.restored(block), recognised=True)
        text.end_page()
    return text.parsed(content_type, NO_TEXT)
