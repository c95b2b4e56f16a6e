"""The sentences of an answer that can be checked, with their markers, and the answer with other markers.

Code, headings and the head of a table state nothing. A row of a table is one statement. A marker belongs to the
sentence that it stands in or behind; at the beginning of a line it belongs to the sentence that follows.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from api.services.rag.citations import Citation, citations
from api.services.text.sentences import sentences

_FENCED = re.compile(r"^\s{0,3}(`{3,}|~{3,}).*?(?:^\s{0,3}\1[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s.*$", re.MULTILINE)
_TABLE_HEAD = re.compile(r"^[^\n|]*\|[^\n]*\n[ |:-]*-{2,}[ |:-]*$", re.MULTILINE)
_ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_REFERENCES = re.compile(
    r"^\W*(?:sources?|references|citations?|quellen?|fuentes?)\W*(?:\[\d{1,3}\][\s,;.and-]*)+$",
    re.MULTILINE | re.IGNORECASE,
)
_CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)*\1")
_ITEM = re.compile(r"\s*(?:[-*+•–—]|\(?\d{1,3}[.)])\s+")


@dataclass(frozen=True)
class Statement:
    """A sentence of an answer: `text` is the answer's `start:end` without markers; `citations` belong to it."""

    start: int
    end: int
    text: str
    citations: tuple[Citation, ...] = ()

    @property
    def prose(self) -> str:
        """The text without code spans, which state nothing."""
        return _CODE_SPAN.sub(" ", self.text)

    @property
    def cited(self) -> tuple[int, ...]:
        """The numbers of the cited sources, each once."""
        return tuple(dict.fromkeys(number for citation in self.citations for number in citation.numbers))


@dataclass(frozen=True)
class _Plain:
    """A text without its markers: `origin[i]` is the offset of its character `i` in the answer, and at `at` marked."""

    text: str
    origin: Sequence[int]
    at: Sequence[int]


def statements(response: str, valid: Collection[int]) -> list[Statement]:
    """The statements of an answer in order; `valid` are the numbers of its sources."""
    found = citations(response, valid)
    plain = _plain(response, found)
    spans = sorted(_spans(plain.text))
    starts = [start for start, _ in spans]
    owners: list[list[Citation]] = [[] for _ in spans]
    for citation, at in zip(found, plain.at, strict=True):
        after = bisect_right(starts, at)
        near = range(max(after - 2, 0), min(after + 2, len(spans)))
        owner = _owner(spans, near, at, leads=_opens_line(response, citation, found))
        if owner is not None:
            owners[owner].append(citation)
    return [
        Statement(plain.origin[start], plain.origin[end - 1] + 1, plain.text[start:end], tuple(own))
        for (start, end), own in zip(spans, owners, strict=True)
    ]


def without_references(response: str) -> str:
    """The answer without a line that only lists its sources: they are listed beside the answer."""
    return _REFERENCES.sub("", response).rstrip() if _REFERENCES.search(response) else response


def rewritten(
    response: str, found: Sequence[Statement], kept: Sequence[Sequence[int]], valid: Collection[int]
) -> tuple[str, list[tuple[int, int]]]:
    """The answer in which each statement has the markers `kept`, and the span of each statement in it.

    A statement whose markers are right stays as it is. Markers that belong to no statement are removed.
    """
    edits: list[tuple[int, int, str]] = []
    owned = {citation for statement in found for citation in statement.citations}
    edits += [_removal(response, one) for one in citations(response, valid) if one not in owned]
    for statement, numbers in zip(found, kept, strict=True):
        edits += _edits(response, statement, numbers)
    apart = list(_apart(edits))
    parts, begin = [], 0
    for start, end, replacement in apart:
        parts += [response[begin:start], replacement]
        begin = end
    moved = _Moved(apart)
    places = [(moved.start(statement.start), moved.end(statement.end)) for statement in found]
    return "".join([*parts, response[begin:]]), places


def _apart(edits: Collection[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The edits in order. The space between two markers that both are removed is removed once."""
    begin = 0
    for start, end, replacement in sorted(edits):
        yield max(start, begin), max(end, begin), replacement
        begin = max(end, begin)


class _Moved:
    """Where offsets of a text are after `edits`: a start, an end and a replacement each, in order and apart."""

    def __init__(self, edits: Sequence[tuple[int, int, str]]) -> None:
        self._starts = [start for start, _, _ in edits]
        self._ends = [end for _, end, _ in edits]
        self._by = [0, *accumulate(len(replacement) - (end - start) for start, end, replacement in edits)]

    def start(self, offset: int) -> int:
        """The beginning of a statement; a change at it is before it."""
        return self._after(offset, bisect_right(self._ends, offset))

    def end(self, offset: int) -> int:
        """The end of a statement; a change at it is behind it."""
        return self._after(offset, bisect_left(self._ends, offset))

    def _after(self, offset: int, edits: int) -> int:
        within = edits < len(self._starts) and self._starts[edits] < offset < self._ends[edits]
        return offset + self._by[edits + within]


def _plain(response: str, found: Sequence[Citation]) -> _Plain:
    """Markers go with the spaces before them, or with those behind them at the beginning of a line."""
    text, begin = "", 0
    origin: list[int] = []
    at: list[int] = []
    for citation in found:
        start, end, _ = _removal(response, citation)
        text += response[begin:start]
        origin += range(begin, start)
        at.append(len(text))
        begin = max(end, begin)
    text += response[begin:]
    return _Plain(text, [*origin, *range(begin, len(response))], at)


def _removal(response: str, citation: Citation) -> tuple[int, int, str]:
    start, end = citation.start, citation.end
    while start and response[start - 1] in " \t":
        start -= 1
    if start == 0 or response[start - 1] == "\n":
        start = citation.start
        while response[end : end + 1] in (" ", "\t"):
            end += 1
    return start, end, ""


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """The spans of the statements of a text without markers."""
    for pattern in (_FENCED, _HEADING, _TABLE_HEAD):
        text = pattern.sub(lambda found: "\n" * len(found.group()), text)
    for row in _ROW.finditer(text):
        start = row.start() + len(row.group()) - len(row.group().lstrip())
        if any(map(str.isalnum, row.group())):
            yield start, row.end() - (len(row.group()) - len(row.group().rstrip()))
    for sentence in sentences(_ROW.sub(lambda found: "\n" * len(found.group()), text)):
        item = _ITEM.match(sentence.text)
        if any(map(str.isalnum, sentence.text)):
            yield sentence.start + (item.end() if item and item.end() < len(sentence.text) else 0), sentence.end


def _opens_line(response: str, citation: Citation, found: Sequence[Citation]) -> bool:
    """Whether the line of the marker begins with a marker: then each marker of it stands before its sentence."""
    line = response.rfind("\n", 0, citation.start) + 1
    item = _ITEM.match(response, line)
    first = item.end() if item else line + len(response[line:]) - len(response[line:].lstrip())
    return any(one.start == first for one in found)


def _owner(spans: Sequence[tuple[int, int]], near: range, at: int, *, leads: bool) -> int | None:
    """The statement, of those `near` it, that a marker at offset `at` belongs to; `leads`: it precedes its sentence."""
    inside = [i for i in near if spans[i][0] < at < spans[i][1]]
    ending = [i for i in near if at == spans[i][1]]
    following = [i for i in near if at <= spans[i][0] <= at + 1]
    return next(iter(inside + (following + ending if leads else ending + following)), None)


def _edits(response: str, statement: Statement, numbers: Sequence[int]) -> list[tuple[int, int, str]]:
    """The changes that give a statement these markers: where its first marker stood, else at its end."""
    written = [number for citation in statement.citations for number in citation.numbers]
    if list(numbers) == written:
        return []
    markers = "".join(f"[{number}]" for number in numbers)
    if not statement.citations:
        start, end = statement.start, statement.end
        row = response[start] == response[end - 1] == "|"
        at = start + len(response[start : end - 1].rstrip()) if row else end
        return [(at, at, f" {markers}")]
    first, *others = statement.citations
    changed = (first.start, first.end, markers) if markers else _removal(response, first)
    return [changed, *(_removal(response, citation) for citation in others)]
