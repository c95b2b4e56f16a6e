"""Reads PPTX, ODP and PPT: each slide is a page, its title a heading, its speaker notes the end of its text."""

import io
import struct
import zipfile
from collections.abc import Iterable, Iterator

import anydoc
import olefile
from anydoc import Block as ModelBlock

from api.adapters.parsing.office.anydoc import DAMAGED, document_model
from api.adapters.parsing.office.left_out import COMMENTS, left_out
from api.adapters.parsing.office.model_blocks import inline_text, model_blocks
from api.adapters.parsing.office.odf_unseen import without_unseen
from api.adapters.parsing.office.slide_marks import MARK, marked
from api.adapters.parsing.office.zip_check import check_zip
from api.adapters.parsing.text_builder import DocumentText
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import ODP, PPT, PPTX, ParsedDocument, ParseLimits

NOTES = "block_quote"
"""The library's block for speaker notes, which follows the shapes of a slide."""
EMPTY = "The slides have no text. Text in pictures is not read."

_RECORD = struct.Struct("<HHI")
_SLIDE_RECORD = 1006
"""A slide in the stream `PowerPoint Document` ([MS-PPT] 2.13.24, RT_Slide)."""


def parse_pptx(data: bytes, limits: ParseLimits) -> ParsedDocument:
    return _marked_slides(data, "pptx", PPTX, limits)


def parse_odp(data: bytes, limits: ParseLimits) -> ParsedDocument:
    return _marked_slides(data, "odp", ODP, limits)


def _marked_slides(data: bytes, format_name: anydoc.Format, content_type: str, limits: ParseLimits) -> ParsedDocument:
    check_zip(data, limits)
    try:
        document, commented = without_unseen(data)
        copy = marked(document)
    except (zipfile.BadZipFile, OSError, RuntimeError, ValueError) as error:
        raise UnreadableDocument(DAMAGED) from error
    text = DocumentText(limits)
    for warning in [COMMENTS] if commented else left_out(data):
        text.warn(warning)
    for slide in _slides(document_model(copy, format_name).blocks):
        for block in model_blocks(slide):
            text.add(block)
        text.end_page()
    return text.parsed(content_type, EMPTY)


def _slides(blocks: Iterable[ModelBlock]) -> Iterator[list[ModelBlock]]:
    """The blocks of each slide: up to its mark, and the notes after it."""
    slide, ended = list[ModelBlock](), False
    for block in blocks:
        if ended and block.kind != NOTES:
            yield slide
            slide, ended = [], False
        if block.kind == "paragraph" and MARK in inline_text(block.content):
            ended = True
        else:
            slide.append(block)
    if slide or ended:
        yield slide


def parse_ppt(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Slides begin at their titles. There are no pages when a slide has none, because the numbers would be wrong."""
    blocks = document_model(data, "ppt").blocks
    paged = sum(block.kind == "heading" for block in blocks) == _slide_count(data)
    text = DocumentText(limits)
    for number, block in enumerate(blocks):
        if paged and block.kind == "heading" and number:
            text.end_page()
        for inner in model_blocks([block]):
            text.add(inner)
    if paged:
        text.end_page()
    return text.parsed(PPT, EMPTY)


def _slide_count(data: bytes) -> int:
    """Slides in a PPT, or 0 if it cannot be told: after an incremental save old ones are still in the file."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as opened, opened.openstream("PowerPoint Document") as stream:
            records = stream.read()
    except OSError:
        return 0
    position = count = 0
    while position + _RECORD.size <= len(records):
        _, kind, length = _RECORD.unpack_from(records, position)
        count += kind == _SLIDE_RECORD
        position += _RECORD.size + length
    return count
