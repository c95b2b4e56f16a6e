"""Reads ODT, RTF and DOC: headings, paragraphs, lists, tables, notes."""

from collections.abc import Iterable
from contextlib import suppress

import anydoc

from api.adapters.parsing.office.anydoc import document_model
from api.adapters.parsing.office.doc_parts import doc_parts
from api.adapters.parsing.office.docx_parts import PAGE_NUMBER
from api.adapters.parsing.office.left_out import EMBEDDED, IMAGES
from api.adapters.parsing.office.model_blocks import document_blocks
from api.adapters.parsing.office.odf_unseen import without_unseen
from api.adapters.parsing.office.rtf_groups import left_out, printed, without_hidden
from api.adapters.parsing.office.zip_check import check_zip
from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import DOC, ODT, RTF, ParsedDocument, ParseLimits


def parse_odt(data: bytes, limits: ParseLimits) -> ParsedDocument:
    check_zip(data, limits)
    seen = without_unseen(data)
    return _parsed(seen.document, "odt", ODT, limits, seen.warnings)


def parse_rtf(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Headers stand before the text, footers behind it. Hidden text is left out."""
    seen = without_hidden(data)
    before, behind = _printed(seen, b"header"), _printed(seen, b"footer")
    return _parsed(seen, "rtf", RTF, limits, left_out(seen), behind, before)


def _printed(rtf: bytes, kind: bytes) -> list[str]:
    """The paragraphs of headers or footers, each once, without page numbers."""
    found = dict[str, None]()
    for document in printed(rtf, kind):
        with suppress(UnreadableDocument):
            texts = (block.text for block in document_blocks(document_model(document, "rtf")))
            found.update((text, None) for text in texts if text and not PAGE_NUMBER.fullmatch(text))
    return list(found)


def parse_doc(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Headers, footers, text boxes and comments stand behind the text."""
    parts = doc_parts(data)
    warnings = [warning for warning, left_out in ((IMAGES, parts.pictures), (EMBEDDED, parts.embedded)) if left_out]
    behind = [*parts.headers, *parts.boxes, *(f"Comment: {comment}" for comment in parts.comments)]
    return _parsed(data, "doc", DOC, limits, warnings, behind)


def _parsed(
    data: bytes,
    format_name: anydoc.Format,
    content_type: str,
    limits: ParseLimits,
    warnings: Iterable[str] = (),
    behind: Iterable[str] = (),
    before: Iterable[str] = (),
) -> ParsedDocument:
    """`before`, `behind`: paragraphs around the text.

    None of these formats has pages: a program makes them when it shows or prints the document.
    """
    text = DocumentText(limits)
    for warning in warnings:
        text.warn(warning)
    for block in (*map(Block, before), *document_blocks(document_model(data, format_name)), *map(Block, behind)):
        text.add(block)
    return text.parsed(content_type, "The document has no text. Text in pictures is not read.")
