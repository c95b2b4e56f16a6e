"""Reads PPTX, ODP and PPT: each slide is a page, its title a heading, its speaker notes the end of its text."""

import zipfile
from collections.abc import Iterable, Iterator

import anydoc
from anydoc import Block as ModelBlock

from api.adapters.parsing.office.anydoc import DAMAGED, document_model
from api.adapters.parsing.office.left_out import left_out
from api.adapters.parsing.office.model_blocks import inline_text, model_blocks
from api.adapters.parsing.office.odf_unseen import without_unseen
from api.adapters.parsing.office.package import Package
from api.adapters.parsing.office.ppt_records import ppt_records
from api.adapters.parsing.office.slide_marks import MARK, has_struck_out, marked, slides
from api.adapters.parsing.office.zip_check import check_zip
from api.adapters.parsing.text_builder import STRUCK_OUT, Block, DocumentText
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import ODP, PPT, PPTX, ParsedDocument, ParseLimits

NOTES = "block_quote"
"""The library's block for speaker notes, which follows the shapes of a slide."""
EMPTY = "The slides have no text. Text in pictures is not read."
BROKEN = (zipfile.BadZipFile, OSError, RuntimeError, ValueError)
"""The errors of an archive whose parts cannot be read."""


def parse_pptx(data: bytes, limits: ParseLimits) -> ParsedDocument:
    check_zip(data, limits)
    try:
        package = Package(data)
        copy = marked(data, package)
        warnings = [*left_out(package, slides(package)), *([STRUCK_OUT] if has_struck_out(package) else [])]
    except BROKEN as error:
        raise UnreadableDocument(DAMAGED) from error
    return _parsed(copy, "pptx", PPTX, limits, warnings)


def parse_odp(data: bytes, limits: ParseLimits) -> ParsedDocument:
    check_zip(data, limits)
    try:
        seen = without_unseen(data)
        copy = marked(seen.document)
    except BROKEN as error:
        raise UnreadableDocument(DAMAGED) from error
    return _parsed(copy, "odp", ODP, limits, seen.warnings)


def _parsed(
    copy: bytes, format_name: anydoc.Format, content_type: str, limits: ParseLimits, warnings: list[str]
) -> ParsedDocument:
    text = DocumentText(limits)
    for warning in warnings:
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
    blocks, records = document_model(data, "ppt").blocks, ppt_records(data)
    paged = sum(block.kind == "heading" for block in blocks) == records.slides
    text = DocumentText(limits)
    for warning in records.warnings:
        text.warn(warning)
    for number, block in enumerate(blocks):
        if paged and block.kind == "heading" and number:
            text.end_page()
        for inner in model_blocks([block]):
            text.add(inner)
    if paged:
        text.end_page()
    for comment in records.comments:
        text.add(Block(f"Comment: {comment}"))
    return text.parsed(PPT, EMPTY)
