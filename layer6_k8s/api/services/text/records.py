"""Lines that are records: rows of a table or of figures, CSV, JSON or log lines. Each stands for itself.

    2027-03-01 09:14:02 INFO  order 88211 charged
    2027-03-01 09:14:05 ERROR order 88213 not charged. The card was declined.     a record, not two sentences

One line alone does not show what it is, unless it has cells: half of its block has to be of the same form.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

CELLS = " | "
"""Stands between the cells of a row in every stored text. A row is one line."""
LINES = 3
"""Lines of a block from which on it may consist of records."""
SHARE = 0.5
"""Share of the lines of a block that have the same form."""
GROUP = 80
"""Characters of the name of a group of rows."""
OPENING = 80
"""Characters of a line that show its form."""

_BAR = re.compile(r"(?:^|(?<=\s))\|(?=\s|$)")
_LEVEL = re.compile(r"[\[<(]?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\b")
_TIME = re.compile(r"(?:\S+\s+){0,2}\S*\d\d?:\d\d")
_NUMBERS = re.compile(r"(?>(?:\s[$€£¥]?)?(?:\s\(?[$€£¥]?\d(?:[\d.,]*\d)?\)?%?|\s[—–-])){2,}\)?$")
_NOTE = re.compile(r"\(\d{1,2}\)\s*$")
"""The mark of a footnote."""
_COMMA = re.compile(r",(?!\s)")


def is_row(line: str) -> bool:
    """Whether a line is a row of a table with several cells."""
    return CELLS in line or line.startswith(CELLS.lstrip()) or line.endswith(CELLS.rstrip())


def cells_of(row: str) -> list[str]:
    """The cells of a row."""
    return [cell.strip() for cell in _BAR.split(row)]


def is_group(row: str) -> bool:
    """Whether of the cells of a row only the first is filled, with a few words: it names the rows below it."""
    first, *others = cells_of(row)
    return 0 < len(first) <= GROUP and bool(others) and not any(others) and not ends_in_figures(first)


def ends_in_figures(line: str) -> bool:
    """Whether a line ends with two figures or more, as a row of a table whose cells are not marked."""
    return _NUMBERS.search(line) is not None


def name_of(row: str) -> str:
    """What a row of figures is called: its first cell, or the words before the figures; "" for any other line."""
    if is_row(row):
        first, *others = cells_of(row)
        name = first if any(map(str.isdigit, "".join(others))) else ""
    else:
        figures = _NUMBERS.search(row)
        name = row[: figures.start()] if figures else ""
    return _NOTE.sub("", name).strip()


def records(lines: Sequence[str]) -> list[bool]:
    """For each line of a block whether it is a record by itself."""
    forms = [set(_forms(line.strip())) for line in lines]
    counts = Counter(form for own in forms for form in own)
    common = {form for form, count in counts.items() if count >= max(LINES, SHARE * len(lines))}
    return [is_row(line) or not common.isdisjoint(own) for line, own in zip(lines, forms, strict=True)]


def _forms(line: str) -> Iterator[str]:
    """What lines of like form have in common."""
    first = line[:OPENING].split(maxsplit=1)[0] if line else ""
    if any(map(str.isdigit, first)):  # a date, an address, an identifier
        yield re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", first))
    if _TIME.match(line[:OPENING]):
        yield "time"
    if _LEVEL.match(line):
        yield "level"
    if ends_in_figures(line):  # a row of a table without bars
        yield "numbers"
    if line.startswith(("{", "[")) and line.rstrip(",").endswith(("}", "]")):
        yield "json"
    for name, count in (("tabs", line.count("\t")), ("semicolons", line.count(";")), ("commas", _commas(line))):
        if count > (name != "tabs"):
            yield f"{count} {name}"


def _commas(line: str) -> int:
    """Commas without a space behind them: those of CSV, not those of prose."""
    return sum(1 for _ in _COMMA.finditer(line))
