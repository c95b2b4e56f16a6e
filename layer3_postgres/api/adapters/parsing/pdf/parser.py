"""Reads PDF with PDFium (pypdfium2)."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from api.adapters.parsing.pdf.blocks import Typography, blocks
from api.adapters.parsing.pdf.hyphens import Hyphens
from api.adapters.parsing.pdf.lines import Line, lines
from api.adapters.parsing.pdf.running_heads import without_running_heads
from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.parsing.errors import DocumentBomb, DocumentTooLarge, UnreadableDocument
from api.services.parsing.parser import PDF, ParsedDocument, ParseLimits

ENCRYPTED = {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}
NO_TEXT = (
    "The PDF has {pages} page(s) and no text layer: it is probably a scan. Run OCR on it (for example with "
    "ocrmypdf) and upload the result."
)


def parse_pdf(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """The text of all pages, in the order in which they draw it, with the span of each page.

    Raises `UnreadableDocument` if the file or one of its pages is damaged, if it needs a password, or if no page has
    text; `DocumentBomb` above `limits.pages`.
    """
    with _opened(data) as pdf:
        if len(pdf) > limits.pages:
            raise DocumentBomb(f"The PDF has {len(pdf):,} pages; the limit is {limits.pages:,}.")
        raw, pages = [], []
        size = 0
        for number in range(len(pdf)):
            text, page_lines = _read(pdf, number)
            size += len(text)
            if size > 2 * limits.text_chars:  # before cleaning; DocumentText applies the exact limit
                raise DocumentTooLarge(f"The PDF has more than {limits.text_chars:,} characters of text.")
            raw.append(text)
            pages.append(page_lines)
    return _assembled(raw, pages, limits)


def _assembled(raw: list[str], pages: list[list[Line]], limits: ParseLimits) -> ParsedDocument:
    text = DocumentText(limits)
    hyphens = Hyphens(raw)
    typography = Typography.of(pages)
    for page in without_running_heads([list(blocks(page, typography)) for page in pages]):
        for block in page:
            text.add(Block(hyphens.restore(block.text), block.level))
        text.end_page()
    return text.parsed(PDF, NO_TEXT.format(pages=len(pages)))


@contextmanager
def _opened(data: bytes) -> Iterator[pdfium.PdfDocument]:
    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in ENCRYPTED:
            raise UnreadableDocument("The PDF is encrypted. Remove its password and upload it again.") from error
        raise UnreadableDocument("The PDF is damaged or cut off: it cannot be opened.") from error
    with closing(pdf):
        yield pdf


def _read(pdf: pdfium.PdfDocument, number: int) -> tuple[str, list[Line]]:
    """Raw text and lines of one page (from 0)."""
    try:
        with closing(pdf[number]) as page, closing(page.get_textpage()) as textpage:
            raw = textpage.get_text_range()
            return raw, list(lines(textpage, raw))
    except pdfium.PdfiumError as error:
        raise UnreadableDocument(f"The PDF is damaged: page {number + 1} cannot be read.") from error
