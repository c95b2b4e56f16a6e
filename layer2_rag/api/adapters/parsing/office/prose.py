"""Reads ODT, RTF, EPUB and DOC: headings, paragraphs, lists, tables, notes."""

import anydoc

from api.adapters.parsing.office.anydoc import document_model
from api.adapters.parsing.office.model_blocks import document_blocks
from api.adapters.parsing.office.zip_check import check_zip
from api.adapters.parsing.text_builder import DocumentText
from api.services.parsing.parser import DOC, EPUB, ODT, RTF, ParsedDocument, ParseLimits


def parse_odt(data: bytes, limits: ParseLimits) -> ParsedDocument:
    check_zip(data, limits)
    return _parsed(data, "odt", ODT, limits)


def parse_epub(data: bytes, limits: ParseLimits) -> ParsedDocument:
    check_zip(data, limits)
    return _parsed(data, "epub", EPUB, limits)


def parse_rtf(data: bytes, limits: ParseLimits) -> ParsedDocument:
    return _parsed(data, "rtf", RTF, limits)


def parse_doc(data: bytes, limits: ParseLimits) -> ParsedDocument:
    return _parsed(data, "doc", DOC, limits)


def _parsed(data: bytes, format_name: anydoc.Format, content_type: str, limits: ParseLimits) -> ParsedDocument:
    """None of these formats has pages: a program makes them when it shows or prints the document."""
    text = DocumentText(limits)
    for block in document_blocks(document_model(data, format_name)):
        text.add(block)
    return text.parsed(content_type, "The document has no text. Text in pictures is not read.")
