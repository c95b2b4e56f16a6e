"""Reads PDF with PDFium (pypdfium2), and its tables with liteparse."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from api.adapters.parsing.pdf.annotations import fields_and_notes, with_values
from api.adapters.parsing.pdf.blocks import Region, Typography, blocks
from api.adapters.parsing.pdf.garbled import check_readable
from api.adapters.parsing.pdf.hyphens import Hyphens
from api.adapters.parsing.pdf.line_numbers import without_line_numbers
from api.adapters.parsing.pdf.lines import lines
from api.adapters.parsing.pdf.page import Frame, Page
from api.adapters.parsing.pdf.running_heads import without_running_heads
from api.adapters.parsing.pdf.tables import find_regions
from api.adapters.parsing.pdf.visibility import Visibility
from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.parsing.errors import DocumentBomb, DocumentTooLarge, UnreadableDocument
from api.services.parsing.parser import PDF, ParsedDocument, ParseLimits

ENCRYPTED = {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}
NO_TEXT = (
    "The PDF has {pages} page(s) and no text layer: it is probably a scan. Run OCR on it (for example with "
    "ocrmypdf) and upload the result."
)
HIDDEN_TEXT = "Text that a reader of the PDF cannot see was left out: it is white, invisible or outside the page."
SCANNED = "Page {} is an image without a text layer and was not read. Run OCR on the PDF and upload the result."
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
    regions = find_regions(data, pages) if limits.tables else [[] for _ in pages]
    return _assembled(pages, regions, limits)


def _assembled(pages: list[Page], regions: list[list[Region]], limits: ParseLimits) -> ParsedDocument:
    raw = [page.raw for page in pages]
    text = DocumentText(limits)
    _warn(text, pages, check_readable(raw))
    hyphens = Hyphens(raw)
    typography = Typography.of([page.lines for page in pages])
    bodies = [list(blocks(page.lines, typography, found)) for page, found in zip(pages, regions, strict=True)]
    for page, body in zip(pages, without_running_heads(bodies), strict=True):
        for block in (*body, *map(Block, page.notes)):
            text.add(replace(block, text=hyphens.restore(block.text)))
        text.end_page()
    return text.parsed(PDF, NO_TEXT.format(pages=len(pages)))


def _warn(text: DocumentText, pages: list[Page], garbled: list[int]) -> None:
    if any(page.outside or page.unseen for page in pages):
        text.warn(HIDDEN_TEXT)
    for number, page in enumerate(pages, 1):
        if page.is_scan:
            text.warn(SCANNED.format(number))
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
            is_scan = not page_lines and visibility.has_image
            return Page(raw, page_lines, values + notes, Frame.of(page), visibility.outside, visibility.unseen, is_scan)
    except pdfium.PdfiumError as error:
        raise UnreadableDocument(f"The PDF is damaged: page {number + 1} cannot be read.") from error
