"""Splits a document into chunks that the embedder can read whole, at its headings, paragraphs and sentences.

    text ── split at pages, headings, paragraphs ──> sections
    section ── small neighbours joined, long paragraphs split at sentences ──> chunks

Every character of the document that is not white space is in a chunk, and `chunk.text` is exactly the document's text
at `start:end`. A chunk lies on one page and in one section, so its page and heading are exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from api.services.chunking.sections import Section, sections
from api.services.chunking.splitting import Splitter
from api.services.embedding.token_map import TokenCounter, TokenMap
from api.services.parsing.errors import DocumentTooLarge
from api.services.parsing.parser import Heading, ParsedDocument, Span

TARGET = 200
"""Wordpieces up to which small neighbours are joined."""
ENOUGH = 60
"""Least wordpieces of a paragraph that is a chunk of its own: one subject gives one clear vector."""
HEADING_SHARE = 4
"""The heading of a chunk may take a quarter of the window; outer titles are dropped first."""
MAX_CHUNKS = 20_000
"""Chunks of one document: twice as many as the longest honest one has. Each is embedded, stored and searched."""
JOINT = " > "


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a document's text.

    `start`, `end`: characters of the stored text, end exclusive. `page` counts from 1, None if the format has no
    pages. `heading`: the titles above it, outermost first ("Setup > Docker"), "" if there are none.
    """

    index: int
    start: int
    end: int
    page: int | None
    text: str
    heading: str


def chunk(parsed: ParsedDocument, tokens: TokenCounter, target: int = TARGET, enough: int = ENOUGH) -> list[Chunk]:
    """The chunks of a document in order; their starts increase.

    A chunk has at most 1,000 characters, and together with its heading, joined by white space, at most
    `tokens.window` wordpieces. Chunks overlap only where a paragraph had to be split. The time is linear in the text:
    seconds for megabytes, so call it in a thread. Raises `DocumentTooLarge`.
    """
    chunker = _Chunker(parsed.text, tokens, target, enough)
    found = list(islice(chunker.chunks(sections(parsed)), MAX_CHUNKS + 1))
    if len(found) > MAX_CHUNKS:
        raise DocumentTooLarge(f"The document has more than {MAX_CHUNKS:,} chunks. Split it into parts.")
    return [
        Chunk(index, start, end, page, parsed.text[start:end], heading)
        for index, (start, end, page, heading) in enumerate(found)
    ]


class _Chunker:
    def __init__(self, text: str, tokens: TokenCounter, target: int, enough: int) -> None:
        self._text = text
        self._sizes = TokenMap(text, tokens)
        self._splitter = Splitter(text, self._sizes, tokens)
        self._window = tokens.window
        self._joint = len(tokens.offsets(JOINT))
        self._target = target
        self._enough = enough

    def chunks(self, parts: Iterator[Section]) -> Iterator[tuple[int, int, int | None, str]]:
        for section in parts:
            heading, used = self._heading(section.path)
            for start, end in self._packed(section, limit=self._window - used):
                yield start, end, section.page, heading

    def _heading(self, path: tuple[Heading, ...]) -> tuple[str, int]:
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

    def _packed(self, section: Section, limit: int) -> list[Span]:
        """The chunks of one section: its paragraphs, small ones joined to their neighbours, long ones split."""
        target = min(self._target, limit)
        packed: list[Span] = []
        was_split = False
        for paragraph in self._paragraphs(section):
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

    @staticmethod
    def _paragraphs(section: Section) -> Iterator[Span]:
        """The paragraphs; the titles of the section are part of the first."""
        if not section.titles:
            yield from section.paragraphs
            return
        first = section.paragraphs[0] if section.paragraphs else section.titles[-1]
        yield section.titles[0][0], first[1]
        yield from section.paragraphs[1:]

    def _belong_together(self, above: Span, below: Span, target: int) -> bool:
        small = min(self._sizes.size(*above), self._sizes.size(*below)) < self._enough
        return small and not self._splitter.is_too_long((above[0], below[1]), target)
