"""The headings and tables of a stored text, by which it can be shown as it was laid out, and what OCR recognised.

It is stored beside the text, because the text itself does not tell a heading from a short paragraph.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.services.parsing.parser import Heading, ParsedDocument, Span, Table

MOST_PARTS = 20_000
"""Headings, and tables, that are kept of one document: further ones are shown as plain text."""


@dataclass(frozen=True, slots=True)
class TableSpan:
    """A table: the text at `start:end` has a row on each line, with cells separated by " | ".

    `headers`: how many rows at its top name the columns.
    """

    start: int
    end: int
    headers: int


@dataclass(frozen=True, slots=True)
class Outline:
    """In the order of the text; empty for a document that was read before outlines were kept.

    `recognised`: the spans that OCR recognised.
    """

    headings: Sequence[Heading] = ()
    tables: Sequence[TableSpan] = ()
    recognised: Sequence[Span] = ()

    def within(self, start: int, end: int) -> "Outline":
        """The parts that have a character in common with `start:end`."""
        return Outline(
            tuple(part for part in self.headings if part.start < end and part.end > start),
            tuple(part for part in self.tables if part.start < end and part.end > start),
            tuple(span for span in self.recognised if span[0] < end and span[1] > start),
        )


NO_OUTLINE = Outline()


def outline_of(parsed: ParsedDocument) -> Outline:
    """The outline of a document that was just read."""
    tables = (_span(table) for table in parsed.tables if _has_a_line_per_row(parsed.text, table))
    return Outline(parsed.headings[:MOST_PARTS], tuple(tables)[:MOST_PARTS], parsed.recognised[:MOST_PARTS])


def as_json(outline: Outline) -> dict[str, Any]:
    """`{"headings": [[start, end, level], …], "tables": [[start, end, headers], …], "recognised": [[start, end]]}`."""
    return {
        "headings": [[part.start, part.end, part.level] for part in outline.headings],
        "tables": [[part.start, part.end, part.headers] for part in outline.tables],
        "recognised": [list(span) for span in outline.recognised],
    }


def from_json(value: Mapping[str, Any]) -> Outline:
    """The outline; an empty one of `{}`."""
    return Outline(
        tuple(Heading(*numbers) for numbers in value.get("headings", ())),
        tuple(TableSpan(*numbers) for numbers in value.get("tables", ())),
        tuple((start, end) for start, end in value.get("recognised", ())),
    )


def _span(table: Table) -> TableSpan:
    return TableSpan(table.rows[0][0], table.rows[-1][1], table.headers)


def _has_a_line_per_row(text: str, table: Table) -> bool:
    """A row with a line break in a cell could not be told from two rows."""
    start, end = table.rows[0][0], table.rows[-1][1]
    return text.count("\n", start, end) == len(table.rows) - 1
