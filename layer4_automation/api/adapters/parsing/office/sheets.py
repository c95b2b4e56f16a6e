"""Reads XLSX, ODS and XLS: each sheet is a page, its name a heading, its tables are tables."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import anydoc
from anydoc import Block as ModelBlock

from api.adapters.parsing.office.anydoc import document_model
from api.adapters.parsing.office.beside_cells import beside_cells, sheet_parts
from api.adapters.parsing.office.left_out import hidden_cells, left_out, without_result
from api.adapters.parsing.office.model_blocks import inline_text, model_blocks, table_rows
from api.adapters.parsing.office.odf_unseen import without_unseen
from api.adapters.parsing.office.ods_sheet_names import ods_sheet_names
from api.adapters.parsing.office.package import Package
from api.adapters.parsing.office.sheet_links import with_links
from api.adapters.parsing.office.xls_beside import xls_beside
from api.adapters.parsing.office.zip_check import check_zip
from api.adapters.parsing.records.sections import Rows, section_blocks, sections
from api.adapters.parsing.records.table import has_header
from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.parsing.parser import ODS, XLS, XLSX, ParsedDocument, ParseLimits

_FILLED = re.compile(rb"<(?:\w+:)?[vt](?:\s[^>]*)?>[^<]")


def parse_xlsx(data: bytes, limits: ParseLimits) -> ParsedDocument:
    check_zip(data, limits)
    package = Package(data)
    sheets = sheet_parts(package)
    parts = [part for _, part in sheets]
    linked = with_links(data, package, parts)
    beside = [[*linked.loose.get(part, ()), *beside_cells(package, part)] for part in parts]
    drawings = [drawing for part in parts for drawing in package.related(part, "drawing")]
    warnings = [
        *left_out(package, [*parts, *drawings]),
        *hidden_cells(package, parts),
        *without_result(linked.without_result),
    ]
    names = [name for name, _ in sheets]
    return _parsed(linked.workbook, "xlsx", Sheets(names, beside, _only(package, parts)), XLSX, limits, warnings)


def parse_ods(data: bytes, limits: ParseLimits) -> ParsedDocument:
    check_zip(data, limits)
    seen = without_unseen(data)
    return _parsed(seen.document, "ods", Sheets(ods_sheet_names(data), seen.beside), ODS, limits, seen.warnings)


def parse_xls(data: bytes, limits: ParseLimits) -> ParsedDocument:
    beside = xls_beside(data)
    return _parsed(data, "xlsx", Sheets(beside.names, beside.words), XLS, limits, beside.warnings)


@dataclass(frozen=True, slots=True)
class Sheets:
    """What the library does not say: the names of all sheets, what stands beside the cells of each, and the position
    of the only one with filled cells, if there is one."""

    names: list[str]
    beside: list[list[str]] = field(default_factory=list)
    only: int | None = None


def _only(package: Package, parts: list[str]) -> int | None:
    filled = [number for number, part in enumerate(parts) if _FILLED.search(package.bytes(part))]
    return filled[0] if len(filled) == 1 else None


def _parsed(
    data: bytes,
    format_name: anydoc.Format,
    sheets: Sheets,
    content_type: str,
    limits: ParseLimits,
    warnings: Iterable[str] = (),
) -> ParsedDocument:
    text = DocumentText(limits)
    for warning in warnings:
        text.warn(warning)
    found = list(_sheets(document_model(data, format_name).blocks, sheets))
    for number, (name, blocks) in enumerate(found, 1):
        filled = [block for sheet_block in blocks for block in _sheet_blocks(sheet_block)]
        beside = sheets.beside[number - 1 : number if number < len(found) else None]
        filled += [Block(words) for sheet in beside for words in sheet]
        if filled:
            text.add(Block(name, level=1))
        for block in filled:
            text.add(block)
        text.end_page()
    return text.parsed(content_type, "The workbook has no text. Text in pictures is not read.")


def _sheets(blocks: list[ModelBlock], sheets: Sheets) -> Iterator[tuple[str, list[ModelBlock]]]:
    """Each sheet's name and blocks, in the order of the names. Sheets that the library leaves out are empty."""
    found, names = list(_named(blocks)), sheets.names
    if len(found) == 1 and not found[0][0]:  # without a name: the only sheet that is not empty
        only = 0 if len(names) == 1 else sheets.only
        if only is None:
            yield "", found[0][1]
            return
        found = [(names[only], found[0][1])]
    position = 0
    for name, content in found:
        while name in names[position:] and names[position] != name:
            yield names[position], []
            position += 1
        position += 1
        yield name, content
    yield from ((name, []) for name in names[position:])


def _named(blocks: Iterable[ModelBlock]) -> Iterator[tuple[str, list[ModelBlock]]]:
    name, content = "", list[ModelBlock]()
    for block in blocks:
        if block.kind == "heading":
            if content or name:
                yield name, content
            name, content = inline_text(block.content), []
        else:
            content.append(block)
    if content or name:
        yield name, content


def _sheet_blocks(block: ModelBlock) -> Iterator[Block]:
    if block.kind != "table" or block.table is None:
        yield from model_blocks([block])
        return
    for section in sections(list(table_rows(block.table))):
        for rows in _side_by_side(section):
            yield from section_blocks(rows)


def _side_by_side(rows: Rows) -> Iterator[Rows]:
    """The tables that an empty column separates, if each has a header of its own; else the rows, without it."""
    bands = _bands(rows)
    tables = [[row[start:end] for row in rows if any(row[start:end])] for start, end in bands]
    if len(bands) > 1 and all(end - start > 1 for start, end in bands) and all(map(has_header, tables)):
        yield from tables
    else:
        yield [[cell for start, end in bands for cell in row[start:end]] for row in rows]


def _bands(rows: Rows) -> list[tuple[int, int]]:
    """The first and last column (exclusive) of each group of columns that are not empty."""
    filled = {number for row in rows for number, cell in enumerate(row) if cell}
    starts = [column for column in sorted(filled) if column - 1 not in filled]
    ends = [column + 1 for column in sorted(filled) if column + 1 not in filled]
    return list(zip(starts, ends, strict=True))
