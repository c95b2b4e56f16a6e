"""Reads PDF with PDFium (pypdfium2), and its tables with liteparse."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from api.adapters.parsing.ocr.offer import SCRIPTS, is_usable, offer, warn, were
from api.adapters.parsing.pdf.annotations import fields_and_notes, with_values
from api.adapters.parsing.pdf.blocks import Region, Typography, blocks
from api.adapters.parsing.pdf.garbled import check_readable
from api.adapters.parsing.pdf.hyphens import Hyphens
from api.adapters.parsing.pdf.line_numbers import without_line_numbers
from api.adapters.parsing.pdf.lines import Line, lines
from api.adapters.parsing.pdf.page import Frame, Page
from api.adapters.parsing.pdf.running_heads import without_running_heads
from api.adapters.parsing.pdf.scans import recognised
from api.adapters.parsing.pdf.tables import find_regions
from api.adapters.parsing.pdf.visibility import Visibility
from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.parsing.errors import DocumentBomb, DocumentTooLarge, UnreadableDocument
from api.services.parsing.parser import PDF, ParsedDocument, ParseLimits

FEW = 100
"""Characters of a page below which an image that covers it may have more."""
ENCRYPTED = {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}
NO_TEXT = "The PDF has {} page(s) and no text layer: it is probably a scan. {}"
NOTHING_RECOGNISED = f"OCR recognised no text on the {{}} page(s) of the PDF. {SCRIPTS}"
HIDDEN_TEXT = "Text that a reader of the PDF cannot see was left out: it is white, invisible or outside the page."
SCANNED = "{} not read: {} image without a text layer. {}"
NO_TABLES = "Tables were not recognised, because that failed or took too long: their rows may be torn."
GARBLED = "The text of page {} is garbled: its fonts do not say which characters they show."


def parse_pdf(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """The text of all pages, in the order in which they draw it, with the span of each page.

    Raises `UnreadableDocument` if the file or one of its pages is damaged, if it needs a password, if its fonts hide
    the characters, or if no page has text; `DocumentBomb` above `limits.pages`.
    """
    with _opened(data) as pdf:
        if len(pdf) > limits.pages:
            raise DocumentBomb(f"The PDF has {len(pdf):,} pages; the limit is {limits.pages:,}.")
        pages = list[Page]()
        size = 0
        for number in range(len(pdf)):
            page = _read(pdf, number)
            size += page.size
            if size > 4 * limits.text_chars:  # text twice, before cleaning; DocumentText applies the exact limit
                raise DocumentTooLarge(f"The PDF has more than {limits.text_chars:,} characters of text.")
            pages.append(page)
        for number, reading in recognised(pdf, [n for n, page in enumerate(pages) if page.needs_ocr], limits).items():
            pages[number] = pages[number].read_by_ocr(reading)
    regions = find_regions(data, pages) if limits.tables else [[] for _ in pages]
    return _assembled(pages, regions, limits)


def _assembled(pages: list[Page], regions: list[list[Region]], limits: ParseLimits) -> ParsedDocument:
    raw = [page.raw for page in pages]
    text = DocumentText(limits)
    _warn(text, pages, check_readable(raw), limits)
    hyphens = Hyphens(raw)
    for page, body in zip(pages, without_running_heads(_bodies(pages, regions)), strict=True):
        for block in body:
            text.add(hyphens.restored(block), recognised=page.recognised is not None)
        for note in page.notes:
            text.add(hyphens.restored(Block(note)))
        text.end_page()
    empty = NOTHING_RECOGNISED if any(page.recognised for page in pages) else NO_TEXT
    return text.parsed(PDF, empty.format(len(pages), offer(limits)))


def _bodies(pages: list[Page], regions: list[list[Region]]) -> list[list[Block]]:
    """The blocks of each page. Type sizes that were measured in a picture are not compared with those of letters."""
    drawn = Typography.of([page.lines for page in pages if not page.recognised])
    scanned = Typography.of([page.lines for page in pages if page.recognised])
    return [
        list(
            blocks(page.lines, scanned, page.recognised.regions) if page.recognised else blocks(page.lines, drawn, own)
        )
        for page, own in zip(pages, regions, strict=True)
    ]


def _warn(text: DocumentText, pages: list[Page], garbled: list[int], limits: ParseLimits) -> None:
    if not limits.tables:
        text.warn(NO_TABLES)
    if any(page.outside or page.unseen for page in pages):
        text.warn(HIDDEN_TEXT)
    read = {number: page.recognised.legible for number, page in enumerate(pages, 1) if page.recognised}
    unread = [number for number, page in enumerate(pages, 1) if page.is_scan]
    if unread and not is_usable(limits):
        text.warn(SCANNED.format(were(unread), "it is an" if len(unread) == 1 else "each is an", offer(limits)))
    else:
        warn(text, read, unread, limits)
    for number in garbled:
        text.warn(GARBLED.format(number))


@contextmanager
def _opened(data: bytes) -> Iterator[pdfium.PdfDocument]:
    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in ENCRYPTED:
            raise UnreadableDocument("The PDF is encrypted. Remove its password and upload it again.") from error
        raise UnreadableDocument("The PDF is damaged or cut off: it cannot be opened.") from error
    with closing(pdf):
        if pdf.get_formtype() == pdfium_c.FORMTYPE_ACRO_FORM:
            with suppress(pdfium.PdfiumError):  # a damaged form: its pages may still have text
                pdf.init_forms()
        yield pdf


def _read(pdf: pdfium.PdfDocument, number: int) -> Page:
    """One page (from 0)."""
    try:
        with closing(pdf[number]) as page, closing(page.get_textpage()) as textpage:
            raw = textpage.get_text_range()
            visibility = Visibility(page, textpage)
            fields, notes = fields_and_notes(page)
            numbered = list(lines(textpage, raw, visibility))
            page_lines, values = with_values(without_line_numbers(numbered), fields)
            return Page(
                raw,
                page_lines,
                values + notes,
                Frame.of(page),
                visibility.outside,
                visibility.unseen,
                is_scan=not page_lines and visibility.has_image,
                is_picture=0 < _letters(page_lines) < FEW and visibility.is_picture,
            )
    except pdfium.PdfiumError as error:
        raise UnreadableDocument(f"The PDF is damaged: page {number + 1} cannot be read.") from error


def _letters(lines: list[Line]) -> int:
    return sum(len(line.text) for line in lines)
