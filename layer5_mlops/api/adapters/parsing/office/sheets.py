"""Reads XLSX, ODS and XLS: each sheet is a page, its name a heading, its tables are tables."""

from collections.abc import Iterable, Iterator

import anydoc
from anydoc import Block as ModelBlock

from api.adapters.parsing.office.anydoc import document_model
from api.adapters.parsing.office.left_out import COMMENTS, left_out
from api.adapters.parsing.office.model_blocks import inline_text, model_blocks, table_rows
from api.adapters.parsing.office.odf_unseen import without_unseen
from api.adapters.parsing.office.sheet_names import ods_sheet_names, xls_sheet_names, xlsx_sheet_names
from api.adapters.parsing.office.zip_check import check_zip
from api.adapters.parsing.records.sections import Rows, section_blocks, sections
from api.adapters.parsing.records.table import has_header
from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.parsing.parser import ODS, XLS, XLSX, ParsedDocument, ParseLimits


def parse_xlsx(data: bytes, limits: ParseLimits) -> ParsedDocument:
    check_zip(data, limits)
    return _parsed(data, "xlsx", xlsx_sheet_names(data), XLSX, limits, left_out(data))


def parse_ods(data: bytes, limits: ParseLimits) -> ParsedDocument:
    check_zip(data, limits)
    document, commented = without_unseen(data)
    return _parsed(document, "ods", ods_sheet_names(data), ODS, limits, [COMMENTS] if commented else [])


def parse_xls(data: bytes, limits: ParseLimits) -> ParsedDocument:
    return _parsed(data, "xlsx", xls_sheet_names(data), XLS, limits)


def _parsed(
    data: bytes,
    format_name: anydoc.Format,
    names: list[str],
    content_type: str,
    limits: ParseLimits,
    warnings: Iterable[str] = (),
) -> ParsedDocument:
    text = DocumentText(limits)
    for warning in warnings:
        text.warn(warning)
    for name, blocks in _sheets(document_model(data, format_name).blocks, names):
        filled = [block for sheet_block in blocks for block in _sheet_blocks(sheet_block)]
        if filled:
            text.add(Block(name, level=1))
        for block in filled:
            text.add(block)
        text.end_page()
    return text.parsed(content_type, "The workbook has no text. Text in pictures is not read.")


def _sheets(blocks: list[ModelBlock], names: list[str]) -> Iterator[tuple[str, list[ModelBlock]]]:
    """Each sheet's name and blocks, in the order of `names`. Sheets that the library leaves out are empty."""
    found = list(_named(blocks))
    if len(found) == 1 and not found[0][0]:  # without a name: the only sheet that is not empty
        yield (names[0] if len(names) == 1 else ""), found[0][1]
        return
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
