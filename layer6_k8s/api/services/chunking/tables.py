"""Splits the rows of a table into chunks: a few whole rows each, below the top of the table.

    Prices from May 2027                  the caption and the header are stored once, in the first chunk; above the
    Article | Shelf | Price in EUR        others they are embedded and indexed, too
    AB-1208/XI | R3 | 51.20             ┐
    AB-1209/XI | R3 | 12.75             ┘ a chunk

Measured on three tables of 160 uniform rows, 40 questions each ("What is the COLUMN of KEY?"), the share whose chunk
came first: 12 rows, the header in the first chunk only: .60, .08 and .10; 12 rows below the header: .80, .75 and .48; 4
rows below the header: 1.00. `column: value` in each row finds no more.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.services.chunking.splitting import Splitter
from api.services.chunking.table_form import groups_of, headers_of
from api.services.embedding.token_map import TokenMap
from api.services.parsing.parser import ParsedDocument, Span
from api.services.text.column_names import is_period
from api.services.text.records import CELLS, ends_in_figures

ROWS = 4
"""Rows of a chunk; more, as long as they have at most `FEW` wordpieces with the top of the table."""
FEW, MANY = 60, 120
"""Wordpieces of a chunk with the top of the table: short rows are joined up to the first, others up to the second."""
LEAST = 60
"""Wordpieces that rows may have below a long header."""
CAPTION = 40
"""Most wordpieces of a caption, and at most an eighth of the window."""
INTRODUCTION = 64
"""Most wordpieces of one that begins with a paragraph that announces the table: "… are as follows:"."""
GROUP = 30
"""Wordpieces that are kept free for the name of a group of rows; at most a sixteenth of the window."""
TOP_SHARE = 2
"""The top of a table takes at most half of the window."""


@dataclass(frozen=True, slots=True)
class Top:
    """What the chunks of a table have above their rows, and its wordpieces."""

    caption: str = ""
    header: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """Neighbouring rows of a table. `lead`: titles and caption right above them; `headers`: how many are headers."""

    lead: Span | None
    spans: Sequence[Span]
    headers: int


class Tables:
    """The tables of one document."""

    def __init__(self, parsed: ParsedDocument, sizes: TokenMap, splitter: Splitter, window: int) -> None:
        self._text = parsed.text
        self._sizes = sizes
        self._splitter = splitter
        self._window = window
        self._most_group = min(GROUP, window // 16)
        self._tables = parsed.tables
        self._headers = [headers_of(parsed.text, table) for table in parsed.tables]
        self._groups = [tuple(map(self._name, groups_of(parsed.text, table.rows))) for table in parsed.tables]
        self._by_row = {
            self._indented(row[0]): (number, at)
            for number, table in enumerate(parsed.tables)
            for at, row in enumerate(table.rows)
        }

    def of(self, paragraph: Span) -> int | None:
        """The number of the table that a paragraph is a row of."""
        return self._by_row.get(paragraph[0], (None, 0))[0]

    def headers(self, number: int, rows: Sequence[Span]) -> int:
        """How many of some neighbouring rows are headers."""
        first = self._by_row[rows[0][0]][1]
        return min(max(self._headers[number] - first, 0), len(rows))

    def is_caption(self, first: Span, end: int) -> bool:
        """Whether the paragraphs right above a table, from the `first` up to `end`, may be its caption: few words."""
        if self.is_torn(first):
            return False
        size = self._sizes.size(first[0], end)
        if self._text[first[1] - 1] in ":：":
            return size <= min(INTRODUCTION, self._window // 4)
        return size <= min(CAPTION, self._window // 8)

    def is_torn(self, paragraph: Span) -> bool:
        """Whether a short line above a table has figures, and not only the dates of its columns."""
        start, end = paragraph
        short = self._sizes.size(start, end) <= min(CAPTION, self._window // 8)
        return short and ends_in_figures(self._text[start:end]) and not is_period(self._text[start:end])

    def group(self, number: int, start: int) -> str:
        """The name of the group that the first row of a chunk belongs to, unless that row is the name itself."""
        at = self._by_row.get(start, (number, 0))[1]
        return self._groups[number][at - 1] if at > self._headers[number] else ""

    def top(self, number: int, caption: Span | None) -> Top:
        """The header rows as they stand in the document, cut between cells if they are too long."""
        table, headers = self._tables[number], self._headers[number]
        used = self._sizes.size(*caption) if caption else 0
        used += self._most_group if any(self._groups[number]) else 0
        room = self._window // TOP_SHARE - used
        start, end = table.rows[0][0], table.rows[max(headers, 1) - 1][1]
        if self._sizes.size(start, end) > room:
            end = max(self._text.rfind(CELLS, start, self._sizes.reach(start, room)), start)
        header = self._text[start:end].strip() if headers else ""
        used += self._sizes.size(start, end) if header else 0
        return Top(" ".join(self._text[slice(*caption)].split()) if caption else "", header, used)

    def chunks(self, rows: Rows, top: Top, limit: int) -> Iterator[Span]:
        """The chunks of neighbouring rows. `limit`: wordpieces of a chunk with the top of its table."""
        room = limit - top.size
        part, above, rest = self._opening(rows, top, limit)
        if not part:
            for span in [rows.lead, *rows.spans[: rows.headers]]:
                yield from self._cells(span, room) if span else ()
        for row in rest:
            if part and self._is_full(part, row, top.size * above, limit):
                yield part[0][0], part[-1][1]
                part, above = [], True
            if self._splitter.is_too_long(row, room):
                yield from self._cells(row, room)
            else:
                part.append(row)
        if part:
            yield part[0][0], part[-1][1]

    def _opening(self, rows: Rows, top: Top, limit: int) -> tuple[list[Span], bool, Sequence[Span]]:
        """The beginning of the first chunk, whether it needs the top of the table above it, and the further rows."""
        first = rows.spans[min(rows.headers, len(rows.spans) - 1)]
        opening = (rows.lead or rows.spans[0])[0], first[1]
        text = self._text[slice(*opening)]
        complete = top.caption in " ".join(text.split()) and top.header in text
        room = limit if complete else limit - top.size
        if (rows.lead or rows.headers) and not self._splitter.is_too_long(opening, room):
            return [opening], not complete, rows.spans[rows.headers + 1 :]
        return [], True, rows.spans[rows.headers :]

    def _is_full(self, part: Sequence[Span], row: Span, above: int, limit: int) -> bool:
        joined = part[0][0], row[1]
        size = self._sizes.size(*joined)
        if self._splitter.is_too_long(joined, limit - above) or size > max(MANY - above, LEAST):
            return True
        return len(part) >= ROWS and size + above > FEW

    def _cells(self, row: Span, room: int) -> Iterator[Span]:
        """The parts of a row that is too long for a chunk: whole cells, and parts of a cell that is too long itself."""
        part: Span | None = None
        for cell in self._cell_spans(row):
            if part and not self._splitter.is_too_long((part[0], cell[1]), room):
                part = part[0], cell[1]
                continue
            if part:
                yield part
            part = None if self._splitter.is_too_long(cell, room) else cell
            if part is None:
                yield from self._splitter.split(cell, room, room)
        if part:
            yield part

    def _cell_spans(self, row: Span) -> Iterator[Span]:
        """The cells, each with the bar behind it."""
        start, end = row
        while (bar := self._text.find(CELLS, start, end)) >= 0:
            yield self._indented(start), bar + len(CELLS) - 1
            start = bar + len(CELLS)
        if start < end:
            yield self._indented(start), end

    def _name(self, group: Span | None) -> str:
        """The name of a group of rows; "" if it is too long to stand above them."""
        return self._text[slice(*group)] if group and self._sizes.size(*group) < self._most_group else ""

    def _indented(self, start: int) -> int:
        """The first character from `start` that is no white space."""
        while self._text[start : start + 1].isspace():
            start += 1
        return start
