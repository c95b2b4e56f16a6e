"""The sections of a document: the paragraphs under one heading on one page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from api.services.parsing.parser import Heading, ParsedDocument, Span


@dataclass(slots=True)
class Section:
    """`path`: the headings above the text, outermost first. `titles`: those of them that begin in this section.

    `paragraphs` have no white space at their ends; titles come before paragraphs.
    """

    page: int | None
    path: tuple[Heading, ...]
    titles: list[Span] = field(default_factory=list)
    paragraphs: list[Span] = field(default_factory=list)


def sections(parsed: ParsedDocument) -> Iterator[Section]:
    """The sections in order. A heading belongs to the text that follows it, on the same page."""
    headings = {heading.start: heading for heading in parsed.headings}
    pages = _PageCounter(parsed.pages)
    section = Section(pages.at(0), ())
    for start, end in _pieces(parsed):
        page, heading = pages.at(start), headings.get(start)
        if page != section.page or (heading and section.paragraphs):
            yield section
            section = Section(page, section.path)
        if heading:
            section.path = (*_above(section.path, heading.level), heading)
            section.titles.append((start, end))
        else:
            section.paragraphs.append((start, end))
    yield section


def _above(path: tuple[Heading, ...], level: int) -> tuple[Heading, ...]:
    return tuple(heading for heading in path if heading.level < level)


def _pieces(parsed: ParsedDocument) -> Iterator[Span]:
    """Blocks, split at page ends. Text outside all blocks becomes a block, so that no text is lost."""
    cuts = {0, len(parsed.text)}
    cuts.update(offset for span in parsed.blocks for offset in span)
    cuts.update(offset for span in parsed.pages for offset in span)
    cuts.update(offset for heading in parsed.headings for offset in (heading.start, heading.end))
    for start, end in pairwise(sorted(cuts)):
        piece = parsed.text[start:end]
        if not piece.isspace():
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


class _PageCounter:
    """Page numbers by offset, for increasing offsets."""

    def __init__(self, pages: tuple[Span, ...]) -> None:
        self._pages = pages
        self._index = 0

    def at(self, offset: int) -> int | None:
        """The page (from 1) at `offset`, None if there are no pages."""
        if not self._pages:
            return None
        while self._index + 1 < len(self._pages) and self._pages[self._index + 1][0] <= offset:
            self._index += 1
        return self._index + 1
