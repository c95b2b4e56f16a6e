"""The markers of an answer: what counts as a citation, and a filter that checks them while the answer streams.

A marker stands in prose. In code, JSON, matrices, intervals and indices the same characters mean something else, and
stay as they are. Models write markers in several notations; all become `[1]`:

    Founded in 1773 [1, 2]【3】 (source 4).    ->  Founded in 1773 [1][2][3][4].
    first = items[7]; the interval [0, 1]      ->  unchanged
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

MARKER = re.compile(r"\[\s*(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\s*\]")
"""What may be a marker in the text of a document or in an answer: `[1]`, `[1, 2]`, `[1-3]`."""

_KIND = r"(?:sources?|documents?|docs?|refs?)"
_NUMBERS = r"\d{1,3}(?:\s*(?:[,;–-]|\band\b|&)\s*\d{1,3})*"
_NOTATION = re.compile(
    rf"""[\[［【]\d{{1,3}}[\]］】]\s?[–-]\s?[\[［【]\d{{1,3}}[\]］】]                                    # [1]-[3]
      | \\?[\[［【]\s*(?:\^|\#|s(?=\d)|{_KIND}\s)?{_NUMBERS}(?:,\s*pp?\.?\s*[\d–-]+|†[^\]】\n]{{0,40}})?\s*\\?[\]］】]
      | \((?:see\s+)?{_KIND}\s+{_NUMBERS}\)""",
    re.VERBOSE | re.IGNORECASE,
)
_PENDING = re.compile(
    rf"\s*(?:(?:{_NOTATION.pattern})\s?[–-]?\s?)*(?:\\?[\[［【(][^\]］】)\n]{{0,60}}|\\)?$", re.VERBOSE | re.IGNORECASE
)
"""The end of a line that the next token may change: spaces, markers, and what may become one."""

LONGEST_LINE = 8_000
"""Characters. A longer line is no prose, and the work grows with the square of its length."""
_PAGE = re.compile(r",\s*p|†")
_RANGE = re.compile(r"(\d+)\D{0,3}[–-]\D{0,3}(\d+)")
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")
_CODE_LINE = re.compile(
    r"\s*(?:[\w.]+(?:\[\w+\])?\s*[-+*/]?=(?!=)|[{}]|[\"'][^\"']*[\"']\s*:|(?:return|print|import)\b)"
)
_VALUE = re.compile(
    r"(?:[=∈<>+*/^~≤≥{]|[\"']:|\b(?:intervals?|ranges?|matrix|matrices|vectors?|arrays?|lists?|tuples?|sets?|pages?|pp?\."
    r"|indexe?s?|indices|rows?|columns?|values?|between|from))$",
    re.IGNORECASE,
)
_INDEXED = re.compile(
    r"(?:\b[a-z]|\b(?:arr|xs|buf|vec|tmp|idx|row|col)|[\w.]*[_.][\w.]*|\w*[a-z][A-Z]\w*|items?|arrays?|lists?|data|values?|args|[)\]])$"
)
"""What stands before the bracket of an index."""


@dataclass(frozen=True)
class Citation:
    """A marker at `start:end` of a text, which cites the sources `numbers`."""

    start: int
    end: int
    numbers: tuple[int, ...]


class CitationFinder:
    """Finds the citations of a text line by line; it remembers whether a fence of code is open.

    `valid`: the numbers of the sources. Without any, nothing is a citation.
    """

    def __init__(self, valid: Collection[int]) -> None:
        self.valid = valid
        self.fence = ""

    def find(self, line: str) -> Iterator[Citation]:
        """The citations of a line, the invented ones of a single number included."""
        if not self.valid or self.fence or len(line) > LONGEST_LINE or _CODE_LINE.match(line):
            return
        for found in _NOTATION.finditer(line):
            numbers = _numbers(found.group())
            if self._cites(line, found, numbers):
                yield Citation(found.start(), found.end(), numbers)

    def pass_line(self, line: str) -> None:
        """Notice the fences of code."""
        fence = _FENCE.match(line)
        if fence and (not self.fence or fence[1].startswith(self.fence)):
            self.fence = "" if self.fence else fence[1]

    def _cites(self, line: str, found: re.Match[str], numbers: tuple[int, ...]) -> bool:
        before, after = line[: found.start()], line[found.end() :]
        known = all(number in self.valid for number in numbers)
        if before.count("`") % 2 or after.startswith(("(http", "(/", "(#")) or 0 in numbers:
            return False
        if before.count("{") > before.count("}") or before.count("[") > before.count("]"):
            return False
        if len(numbers) > 1:
            alone = not before.strip() and after.strip() in ("", ",")
            return known and not alone and not (";" in found.group() and "," in found.group()) and not _is_value(before)
        if found.group().startswith("【"):
            return True
        if before[-1:].isalnum() or before[-1:] in ("_", ")") or (before.endswith("]") and not _ends_in_marker(before)):
            return known and not _INDEXED.search(before) and not re.match(r"[\w(=]", after)
        return not re.search(r"(?:[=∈<>+*/^~≤≥]|[\"']:)$", before.rstrip())


class MarkerFilter:
    """Takes an answer piece by piece and returns it with only the valid markers, written as `[1][2]`.

    `removed` counts the markers of sources that do not exist: the model invented them. What has been returned never
    changes, so it can be sent at once.
    """

    def __init__(self, valid: Collection[int]) -> None:
        self.finder = CitationFinder(valid)
        self.removed = 0
        self._line = ""
        self._sent = 0

    def feed(self, piece: str) -> str:
        """The text that can be sent now. What may become a marker is held back."""
        self._line += piece
        sent = ""
        while "\n" in self._line:
            end = self._line.index("\n") + 1
            self._line, rest = self._line[:end], self._line[end:]
            sent += self._passed(end)
            self.finder.pass_line(self._line)
            self._line, self._sent = rest, 0
        pending = _PENDING.search(self._line, self._sent)
        return sent + self._passed(pending.start() if pending and self.finder.valid else len(self._line))

    def flush(self) -> str:
        """The text that was held back, at the end of the answer."""
        return self._passed(len(self._line))

    def _passed(self, end: int) -> str:
        """The checked text of the line up to `end`, without what has been sent before."""
        begin, text = self._sent, ""
        for citation in self.finder.find(self._line):
            if not begin <= citation.start < end:
                continue
            kept = [number for number in citation.numbers if number in self.finder.valid]
            self.removed += len(citation.numbers) - len(kept)
            between = self._line[begin : citation.start]
            text += (between if kept else between.rstrip(" ")) + "".join(f"[{number}]" for number in kept)
            begin = citation.end
        text += self._line[begin : max(end, begin)]
        self._sent = max(end, begin)
        return text


def citations(text: str, valid: Collection[int]) -> list[Citation]:
    """The citations of a whole text, in order."""
    finder, found, begin = CitationFinder(valid), [], 0
    for line in text.splitlines(keepends=True):
        found += [Citation(begin + c.start, begin + c.end, c.numbers) for c in finder.find(line)]
        finder.pass_line(line)
        begin += len(line)
    return found


def unmarked(text: str) -> str:
    """The text with `(5)` for `[5]`, so that a footnote in a document is not taken for a marker of the answer."""
    return MARKER.sub(r"(\1)", text)


def _is_value(before: str) -> bool:
    return _VALUE.search(before.rstrip()) is not None


def _ends_in_marker(before: str) -> bool:
    return re.search(r"\[\d{1,3}\]$", before) is not None


def _numbers(inside: str) -> tuple[int, ...]:
    """The numbers of `[1, 3-5]`, without the page of `[1, p. 3]`. Of a descending range only the ends count."""
    found: dict[int, None] = {}
    for part in re.split(r"[,;&]|and", _PAGE.split(inside)[0]):
        ends = _RANGE.search(part)
        low, high = (int(ends[1]), int(ends[2])) if ends else (0, 0)
        found |= dict.fromkeys(range(low, high + 1) if low < high else map(int, re.findall(r"\d+", part)))
    return tuple(found)
