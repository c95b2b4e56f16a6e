"""Splits a document into chunks that the embedder can read whole, at its headings, paragraphs and sentences.

    text ── split at pages, headings, paragraphs ──> sections
    section ── small neighbours joined, long paragraphs split at sentences; a few rows of a table ──> chunks

Every character of the document that is not white space is in a chunk, and `chunk.text` is exactly the document's text
at `start:end`. A chunk lies on one page and in one section, so its page and heading are exact.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from api.services.chunking.periods import CARRIED, Periods
from api.services.chunking.runs import Run, runs
from api.services.chunking.sections import Section, sections
from api.services.chunking.splitting import Splitter
from api.services.chunking.tables import Tables, Top
from api.services.embedding.token_map import TokenCounter, TokenMap
from api.services.parsing.errors import DocumentTooLarge
from api.services.parsing.parser import Heading, ParsedDocument, Span
from api.services.text.above import JOINT, Above

TARGET = 200
"""Wordpieces up to which small neighbours are joined."""
ENOUGH = 60
"""Least wordpieces of a paragraph that is a chunk of its own: one subject gives one clear vector."""
HEADING_SHARE = 4
"""The heading of a chunk may take a quarter of the window; outer titles are dropped first."""
MAX_CHUNKS = 20_000
"""Chunks of one document: twice as many as the longest honest one has. Each is embedded, stored and searched."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a document's text.

    `start`, `end`: characters of the stored text, end exclusive. `page` counts from 1, None if the format has no
    pages. `heading`: what stands above it: the titles, outermost first ("Setup > Docker"), and for rows the top of
    their table (see `services/text/above.py`); "" if there is nothing.
    """

    index: int
    start: int
    end: int
    page: int | None
    text: str
    heading: str


def chunk(parsed: ParsedDocument, tokens: TokenCounter, target: int = TARGET, enough: int = ENOUGH) -> list[Chunk]:
    """The chunks of a document in order; their starts increase.

    A chunk has at most 1,000 characters, and as it is embedded, with what stands above it, at most `tokens.window`
    wordpieces. Chunks overlap only where a paragraph had to be split. A row of a table is split only if it alone is too
    long for a chunk. The time is linear in the text:
    seconds for megabytes, so call it in a thread. Raises `DocumentTooLarge`.
    """
    chunker = _Chunker(parsed, tokens, target, enough)
    found = list(islice(chunker.chunks(sections(parsed)), MAX_CHUNKS + 1))
    if len(found) > MAX_CHUNKS:
        raise DocumentTooLarge(f"The document has more than {MAX_CHUNKS:,} chunks. Split it into parts.")
    return [
        Chunk(index, start, end, page, parsed.text[start:end], heading)
        for index, (start, end, page, heading) in enumerate(found)
    ]


class _Chunker:
    def __init__(self, parsed: ParsedDocument, tokens: TokenCounter, target: int, enough: int) -> None:
        self._text = parsed.text
        self._sizes = TokenMap(parsed.text, tokens)
        self._splitter = Splitter(parsed.text, self._sizes, tokens)
        self._window = tokens.window
        self._tables = Tables(parsed, self._sizes, self._splitter, tokens.window)
        self._tops: dict[int, Top] = {}
        self._periods = Periods()
        self._tokens = tokens
        self._joint = len(tokens.offsets(JOINT))
        self._target = target
        self._enough = enough

    def chunks(self, parts: Iterator[Section]) -> Iterator[tuple[int, int, int | None, str]]:
        for section in parts:
            titles, used = self._titles(section.path)
            for run in runs(section, self._tables):
                self._read(run, section.page)
                if run.table is None:
                    top, spans = Top(), self._packed(run.spans, self._window - used)
                else:
                    top = self._top(run.table, run.caption, section.page)
                    spans = self._tables.chunks(run.rows, top, self._window - used)
                for start, end in spans:
                    group = self._tables.group(run.table, start) if run.table is not None else ""
                    caption = JOINT.join(filter(None, (top.caption, group)))
                    yield start, end, section.page, Above(titles, caption, top.header).heading

    def _read(self, run: Run, page: int | None) -> None:
        for span in (*(run.spans if run.table is None else ()), *((run.lead,) if run.lead else ())):
            self._periods.read(self._text[slice(*span)], page)

    def _top(self, table: int, caption: Span | None, page: int | None) -> Top:
        """What stands above the rows of a table, the same on all its pages."""
        if table not in self._tops:
            top = self._tables.top(table, caption)
            dates = self._periods.missing(top.caption + top.header, page)
            size = len(self._tokens.offsets(dates))
            if dates and size <= min(CARRIED, self._window // 16):
                top = Top(" ".join(filter(None, (dates, top.caption))), top.header, top.size + size)
            self._tops[table] = top
        return self._tops[table]

    def _titles(self, path: tuple[Heading, ...]) -> tuple[str, int]:
        """The titles, and their wordpieces; only the innermost ones, if all would take too much of the window."""
        titles: list[str] = []
        used = 0
        for heading in reversed(path):
            size = self._sizes.size(heading.start, heading.end) + (self._joint if titles else 0)
            if used + size > self._window // HEADING_SHARE:
                break
            titles.insert(0, " ".join(self._text[heading.start : heading.end].split()))
            used += size
        return JOINT.join(titles), used

    def _packed(self, paragraphs: Sequence[Span], limit: int) -> Iterable[Span]:
        """The chunks of prose: its paragraphs, small ones joined to their neighbours, long ones split."""
        target = min(self._target, limit)
        packed: list[Span] = []
        was_split = False
        for paragraph in paragraphs:
            joined = (packed[-1][0] if packed else 0, paragraph[1])
            if (
                packed
                and self._belong_together(packed[-1], paragraph, target)
                and (not was_split or self._splitter.fits(joined, limit))
            ):
                packed[-1] = joined
                continue
            was_split = self._splitter.is_too_long(paragraph, limit)
            packed.extend(self._splitter.split(paragraph, target, limit) if was_split else [paragraph])
        return packed

    def _belong_together(self, above: Span, below: Span, target: int) -> bool:
        small = min(self._sizes.size(*above), self._sizes.size(*below)) < self._enough
        return small and not self._splitter.is_too_long((above[0], below[1]), target)
