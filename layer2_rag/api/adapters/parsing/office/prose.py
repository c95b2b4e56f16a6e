"""Reads ODT, RTF and DOC: headings, paragraphs, lists, tables, notes."""

import re
from collections.abc import Iterable

import anydoc

from api.adapters.parsing.office.anydoc import document_model
from api.adapters.parsing.office.left_out import COMMENTS
from api.adapters.parsing.office.model_blocks import document_blocks
from api.adapters.parsing.office.odf_unseen import without_unseen
from api.adapters.parsing.office.zip_check import check_zip
from api.adapters.parsing.text_builder import DocumentText
from api.services.parsing.parser import DOC, ODT, RTF, ParsedDocument, ParseLimits

_HIDDEN_GROUP = re.compile(rb"\{((?:\\[a-z]+-?\d*\s?)*?\\v)(?![a-z\d])")
"""A group of hidden text (`\\v`). `\\*` before an unknown word makes readers skip a group."""


def parse_odt(data: bytes, limits: ParseLimits) -> ParsedDocument:
    check_zip(data, limits)
    document, commented = without_unseen(data)
    return _parsed(document, "odt", ODT, limits, [COMMENTS] if commented else [])


def parse_rtf(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Hidden text is left out: readers could not see a quote."""
    return _parsed(_HIDDEN_GROUP.sub(rb"{\\*\\hidden\1", data), "rtf", RTF, limits)


def parse_doc(data: bytes, limits: ParseLimits) -> ParsedDocument:
    return _parsed(data, "doc", DOC, limits)


def _parsed(
    data: bytes, format_name: anydoc.Format, content_type: str, limits: ParseLimits, warnings: Iterable[str] = ()
) -> ParsedDocument:
    """None of these formats has pages: a program makes them when it shows or prints the document."""
    text = DocumentText(limits)
    for warning in warnings:
        text.warn(warning)
    for block in document_blocks(document_model(data, format_name)):
        text.add(block)
    return text.parsed(content_type, "The document has no text. Text in pictures is not read.")
