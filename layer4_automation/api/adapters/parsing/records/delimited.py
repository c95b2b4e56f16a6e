"""Reads CSV and TSV as a table."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from api.adapters.parsing.records.sections import section_blocks, sections
from api.adapters.parsing.records.table import table_blocks
from api.adapters.parsing.text.decoding import decode
from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import CSV, TSV, ParsedDocument, ParseLimits

DELIMITERS = ",;\t|"
SAMPLE_CHARS = 64 * 1024
SAMPLE_ROWS = 50
CELL_CHARS = 100_000
"""A longer cell is a quotation mark that is never closed."""

_GAP = re.compile(r"\n[ \t\r,;|]*+\n")
"""A line without text."""


def parse_csv(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """The delimiter is the one that cuts the rows most evenly; a first line `sep=;` names it."""
    source = decode(data)
    named = source[:6].lower()
    if named.startswith("sep=") and len(source) > 5:
        return _parsed(source[6:], source[4], CSV, limits)
    return _parsed(source, delimiter(source), CSV, limits)


def parse_tsv(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Tabs separate the cells, unless there are none."""
    source = decode(data)
    return _parsed(source, "\t" if "\t" in source[:SAMPLE_CHARS] else delimiter(source), TSV, limits)


def _parsed(source: str, separator: str, content_type: str, limits: ParseLimits) -> ParsedDocument:
    text = DocumentText(limits)
    for block in _blocks(_rows(source, separator), has_gaps=_GAP.search(source.strip()) is not None):
        text.add(block)
    return text.parsed(content_type)


def _blocks(rows: Iterator[list[str]], has_gaps: bool) -> Iterator[Block]:
    """The tables between empty lines; without any, the rows are not held in memory."""
    held = [[cell.strip() for cell in row] for row in rows] if has_gaps else []
    if any(sum(map(bool, row)) > 1 for row in held):
        for section in sections(held):
            yield from section_blocks(section)
    else:
        yield from table_blocks(held or rows)


def delimiter(source: str) -> str:
    """The delimiter with which most rows have the same number of cells, and more than one; a comma if there is none.

    Not `csv.Sniffer`, which finds delimiters in prose, and whose time grows with the square of some texts.
    """
    sample = source[:SAMPLE_CHARS]
    return max(DELIMITERS, key=lambda candidate: _evenness(sample, candidate))


def _evenness(sample: str, candidate: str) -> tuple[float, int]:
    """The share of rows that have the commonest number of cells, and that number. (0, 0) for one cell a row."""
    try:
        rows = list(islice(csv.reader(io.StringIO(sample, newline=""), delimiter=candidate), SAMPLE_ROWS))
    except csv.Error:
        return (0.0, 0)
    widths = Counter(len(row) for row in rows if row)
    several = [(count, width) for width, count in widths.items() if width > 1]
    if not several:
        return (0.0, 0)
    count, width = max(several)
    return (count / widths.total(), width)


def _rows(source: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(CELL_CHARS)
    reader = csv.reader(io.StringIO(source, newline=""), delimiter=separator, skipinitialspace=True)
    try:
        yield from reader
    except csv.Error as error:
        raise UnreadableDocument(
            f"Line {reader.line_num:,} of the table cannot be read: {error}. Is a quotation mark not closed there?"
        ) from error
