"""The runs of a section: neighbouring paragraphs of prose, and neighbouring rows of one table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from api.services.chunking.sections import Section
from api.services.chunking.tables import Rows, Tables
from api.services.parsing.parser import Span


@dataclass(frozen=True, slots=True)
class Run:
    """`spans`: paragraphs, the first with the titles above it, or rows of the table number `table`.

    `lead`: the titles and the caption above the first of the rows. `caption`: the latter alone. `headers`: how many of
    the rows are headers.
    """

    spans: Sequence[Span]
    table: int | None = None
    lead: Span | None = None
    caption: Span | None = None
    headers: int = 0

    @property
    def rows(self) -> Rows:
        return Rows(self.lead, self.spans, self.headers)


def runs(section: Section, tables: Tables) -> Iterator[Run]:
    """The runs in order. The short lines right above a table are its caption, and begin its first chunk."""
    lead: Span | None = (section.titles[0][0], section.titles[-1][1]) if section.titles else None
    caption: Span | None = None
    found = [(table, list(spans)) for table, spans in groupby(section.paragraphs, tables.of)]
    for at, (table, spans) in enumerate(found):
        if table is not None:
            yield Run(spans, table, lead, caption, tables.headers(table, spans))
            lead = caption = None
            continue
        taken, caption = _above_table(spans, tables) if at + 1 < len(found) else ([], None)
        if spans:
            yield Run([(lead[0], spans[0][1]), *spans[1:]] if lead else spans)
            lead = None
        if taken:
            lead = (lead or taken[0])[0], taken[-1][1]
    if lead:
        yield Run([lead])


def _above_table(paragraphs: list[Span], tables: Tables) -> tuple[list[Span], Span | None]:
    """Takes the last paragraphs away that belong to the table below, and says which of them are its caption.

    They are as many as are short enough together, and between them and the table a line of figures: a row that the
    parser did not recognise.
    """
    torn = [paragraphs.pop()] if paragraphs and tables.is_torn(paragraphs[-1]) else []
    lines: list[Span] = []
    while paragraphs and tables.is_caption(paragraphs[-1], (lines or paragraphs)[-1][1]):
        lines.insert(0, paragraphs.pop())
    return [*lines, *torn], (lines[0][0], lines[-1][1]) if lines else None
