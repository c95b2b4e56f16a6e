"""Computes the numbers of headings and lists, which Word does not store but counts when it shows the document.

A paragraph names a list (`numId`) and a level. The list names its definition, which says for each level where it
starts, how its number is written, and the text around it: `%1.%2` is the number of the first level, a full stop, and
the one of the second. Lists of one definition go on counting where the other one ended, unless they restart.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from string import ascii_lowercase

from docx.document import Document
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.oxml.xmlchemy import BaseOxmlElement as Element

LEVELS = 9
MAX_LETTERS = 260
"""Greatest number that is written in letters, which is zzzzzzzzzz."""
MAX_NUMBER = 1_000_000_000
MAX_TEXT = 60
"""Characters of the text around a number; longer ones only waste space."""
MAX_STYLE_LINKS = 5
BULLET = "-"

_PLACE = re.compile(r"%([1-9])")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"))
_ROMAN_ONES = ((9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(frozen=True, slots=True)
class Level:
    """How a level counts. `restarts`: its count begins again after a higher level. `style`: the style that uses it."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    restarts: bool = True
    plain: bool = False
    style: str = ""


@dataclass(frozen=True, slots=True)
class _List:
    definition: str
    restarts: dict[int, int]
    levels: dict[int, Level]


class Numbering:
    """The counters of one document. Ask for each paragraph once, in order."""

    def __init__(self, document: Document) -> None:
        self._lists: dict[str, _List] = {}
        self._definitions: dict[str, dict[int, Level]] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._restarted: set[tuple[str, int]] = set()
        for relation in document.part.rels.values():
            if relation.reltype.endswith("/numbering") and not relation.is_external:
                self._read(parse_xml(relation.target_part.blob))

    def level_of_style(self, number: str, style: str) -> int:
        """The level of list `number` that a style uses."""
        levels = self._levels(number)
        return next((level for level, facts in levels.items() if style and facts.style == style), 0)

    def label(self, number: str, level: int) -> str:
        """The label of the next paragraph of list `number` at a level: `2.1`, `(a)`, `-` for a bullet, or nothing."""
        if number not in self._lists or not 0 <= level < LEVELS:
            return BULLET
        levels = self._levels(number)
        facts = levels.get(level, Level(format="bullet"))
        counts = self._counts[self._lists[number].definition]
        self._count(number, level, levels, counts)
        if facts.format == "bullet":
            return BULLET
        return _written(facts, levels, counts)

    def _count(self, number: str, level: int, levels: dict[int, Level], counts: dict[int, int]) -> None:
        restart = self._lists[number].restarts.get(level)
        if restart is not None and (number, level) not in self._restarted:
            self._restarted.add((number, level))
            counts[level] = restart
        else:
            counts[level] = counts[level] + 1 if level in counts else levels.get(level, Level()).start
        for deeper in [other for other in counts if other > level and levels.get(other, Level()).restarts]:
            del counts[deeper]
        for higher in range(level):
            counts.setdefault(higher, levels.get(higher, Level()).start)

    def _levels(self, number: str) -> dict[int, Level]:
        found = self._lists.get(number)
        return self._definitions.get(found.definition, {}) | found.levels if found else {}

    def _read(self, root: Element) -> None:
        links, styles = dict[str, str](), dict[str, str]()
        for definition in root.iterchildren(qn("w:abstractNum")):
            name = definition.get(qn("w:abstractNumId"), "")
            self._definitions[name] = _levels_of(definition)
            links[name] = _value(definition, "numStyleLink") or ""
            styles[_value(definition, "styleLink") or ""] = name
        for item in root.iterchildren(qn("w:num")):
            name = _value(item, "abstractNumId") or ""
            for _ in range(MAX_STYLE_LINKS):
                name = styles.get(links.get(name, ""), name) if links.get(name) else name
            overrides = list(item.iterchildren(qn("w:lvlOverride")))
            restarts = {_int(o.get(qn("w:ilvl"))): _value(o, "startOverride") for o in overrides}
            own = {level: facts for o in overrides for level, facts in _levels_of(o).items()}
            starts = {level: _int(start) for level, start in restarts.items() if start is not None}
            self._lists[item.get(qn("w:numId"), "")] = _List(name, starts, own)


def _levels_of(definition: Element) -> dict[int, Level]:
    return {
        _int(level.get(qn("w:ilvl"))): Level(
            _int(_value(level, "start"), 1),
            _value(level, "numFmt") or "decimal",
            (_value(level, "lvlText") or "")[:MAX_TEXT],
            _value(level, "lvlRestart") != "0",
            level.find(qn("w:isLgl")) is not None,
            _value(level, "pStyle") or "",
        )
        for level in definition.iterchildren(qn("w:lvl"))
    }


def _written(facts: Level, levels: dict[int, Level], counts: dict[int, int]) -> str:
    def number(place: re.Match[str]) -> str:
        level = int(place.group(1)) - 1
        written = "decimal" if facts.plain else levels.get(level, Level()).format
        return _FORMATS.get(written, str)(counts.get(level, 1))

    return _PLACE.sub(number, facts.text).strip()


def _letters(number: int) -> str:
    """a to z, then aa, bb, …"""
    if not 0 < number <= MAX_LETTERS:
        return str(number)
    return ascii_lowercase[(number - 1) % 26] * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    if not 0 < number < 4000:
        return str(number)
    written = ""
    for value, letters in (*_ROMAN, *_ROMAN_ONES):
        written += letters * (number // value)
        number %= value
    return written


def _ordinal(number: int) -> str:
    special = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else special.get(number % 10, 'th')}"


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02}",
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "ordinal": _ordinal,
    "none": lambda number: "",
}


def _int(text: str | None, default: int = 0) -> int:
    return min(int(text), MAX_NUMBER) if text and text.isascii() and text.isdecimal() and len(text) < 12 else default


def _value(element: Element, name: str) -> str | None:
    found = element.find(qn(f"w:{name}"))
    return None if found is None else found.get(qn("w:val"))
