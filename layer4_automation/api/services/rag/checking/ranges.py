"""Ranges of amounts: "between 180 and 240 degrees" gives neither 180 nor 240 as a value, but both as bounds.

A sentence may state a bound as one ("from 180", "up to 240", "can be 180"), or both of a range. A period ("from 1939 to
1945"), a change ("rose from 5 to 7 per cent") and a series ("chapters 3 to 5") hold at their ends: they are no ranges.
"""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import pairwise

from api.services.rag.checking.details import CARDINALS, MONTHS, numbers, written_numbers
from api.services.text.terms import STOPWORDS

AROUND = 60
"""Characters before and behind an amount that tell what it is."""

_AMOUNT = re.compile(rf"(?<![\w.,:])(?:\d++(?>(?:[.,]\d++)*)|(?:{'|'.join(CARDINALS)}))(?![\w:]|[.,]\d)", re.IGNORECASE)
_LINK = re.compile(
    r"(?P<unit>\s?[%°]\s?[CF]?|\s[^\W\d_]+(?:\s[^\W\d_]+)?)??"
    r"(?:\s(?P<word>to|bis|tot|and|und|et|y|e|en)\s(?:about\s)?|\s?[–—-]\s?)[$€£]?",
    re.IGNORECASE,
)
_AND = ("and", "und", "et", "y", "e", "en")
_BETWEEN = re.compile(r"\b(?:between|zwischen|entre|tra|fra|tussen)\s(?:about\s)?[$€£]?$", re.IGNORECASE)
_UNIT_BEHIND = re.compile(r"\s?[%°]|[\s-](?P<word>[^\W\d_]+)")
_YEAR = re.compile(r"1\d{3}|20\d\d")
_MONTH_BEFORE = re.compile(rf"\b(?:{MONTHS})\s$")
_MONTH_BEHIND = re.compile(rf"\s?(?:st|nd|rd|th|\.)?\s(?:of\s)?(?:{MONTHS})\b")
_CHANGE = re.compile(
    r"\b(?:ris|rose|gr[eo]w|increas|climb|f[ae]ll|drop|decreas|declin|reduc|lower|rais|chang|went|mov|shift|expand|extend"
    r"|shr[aiu]nk|cut|improv|jump|upgrad|convert)[^\W\d_]*\b[^.;]*$",
    re.IGNORECASE,
)
_SERIES = re.compile(
    r"\b(?:pages?|pp?\.|chapters?|sections?|parts?|versions?|volumes?|levels?|grades?|years?|days?|weeks?|steps?|layers?"
    r"|rooms?|figures?|tables?|articles?|lines?|ports?|numbers?|items?|questions?|aged?|ages|ratio|scores?)"
    r"\s(?:of\s|from\s|between\s)?$",
    re.IGNORECASE,
)
_POSSIBLE = re.compile(r"\b(?:can|could|may|might|possibl[ey]|sometimes|kann|können|peut|puede)\b", re.IGNORECASE)
_LOWEST = re.compile(r"\b(?:minim[^\W\d_]*|lowest|shortest|smallest|start|begin|open)(?:s|ning)?\b", re.IGNORECASE)
_HIGHEST = re.compile(r"\b(?:maxim[^\W\d_]*|highest|longest|largest|limit|end|close|finish)(?:s|es)?\b", re.IGNORECASE)
_FROM = re.compile(
    r"(?:\b(?:from|least|over|above|more than|low as|little as|few as|ab|von|über|mindestens|mehr als|au moins"
    r"|à partir de|plus de|menos|desde|más de)\s|[≥>]\s?)[$€£]?$",
    re.IGNORECASE,
)
_TO = re.compile(
    r"(?:\b(?:to|until|most|under|below|less than|fewer than|high as|much as|many as|long as|bis|bis zu|unter|höchstens"
    r"|weniger als|au plus|jusqu['’]à|moins de|hasta|máximo|menos de)\s|[≤<]\s?)[$€£]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Given:
    """The numbers of a passage: those that it gives as values, and the bounds of its ranges, the lower one first."""

    values: frozenset[str]
    ranges: tuple[tuple[str, str], ...]

    @property
    def bounds(self) -> frozenset[str]:
        """What it gives as a bound only."""
        return frozenset(number for bounds in self.ranges for number in bounds) - self.values


@dataclass(frozen=True)
class Stated:
    """The numbers of a sentence: all in digits, with the months; all amounts; and those that it states as a bound."""

    numbers: frozenset[str]
    amounts: frozenset[str]
    lowest: frozenset[str]
    highest: frozenset[str]


def given(text: str) -> Given:
    """The numbers of a passage, in digits or in words."""
    ranges = list(_ranges(text))
    parts, begin = [], 0
    for low, high in ranges:
        parts.append(text[begin : low.start()])
        begin = high.end()
    values = written_numbers(" ; ".join([*parts, text[begin:]]))
    return Given(values, tuple((_number(low), _number(high)) for low, high in ranges))


def stated(sentence: str) -> Stated:
    """The numbers of a sentence."""
    found = [(match, _number(match)) for match in _AMOUNT.finditer(sentence)]
    before = [sentence[max(match.start() - AROUND, 0) : match.start()] for match, _ in found]
    possible = _POSSIBLE.search(sentence) is not None
    lowest, highest = (possible or word.search(sentence) is not None for word in (_LOWEST, _HIGHEST))
    return Stated(
        numbers=numbers(sentence),
        amounts=frozenset(number for match, number in found if number != "1" or match.group() == "1"),
        lowest=frozenset(n for (_, n), text in zip(found, before, strict=True) if lowest or _FROM.search(text)),
        highest=frozenset(n for (_, n), text in zip(found, before, strict=True) if highest or _TO.search(text)),
    )


def missing(said: Stated, passage: Given, bounds: Set[str]) -> int:
    """How many numbers of the sentence the passage does not give, or gives as a bound only.

    Those in words count if they are among `bounds`, of the chunk: else they are words, whose absence counts as such.
    """
    counted = said.numbers | (said.amounts & bounds)
    return sum(not _is_given(number, said, passage) for number in counted)


def _is_given(number: str, said: Stated, passage: Given) -> bool:
    return number in passage.values or any(
        said.amounts.issuperset(bounds) or number in (said.lowest if number == bounds[0] else said.highest)
        for bounds in passage.ranges
        if number in bounds
    )


def _ranges(text: str) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """The bounds of each range."""
    end = 0
    for low, high in pairwise(_AMOUNT.finditer(text)):
        if low.start() < end or high.start() - low.end() > AROUND:
            continue
        before, behind = text[max(low.start() - AROUND, 0) : low.start()], text[high.end() : high.end() + AROUND]
        link = _LINK.fullmatch(text[low.end() : high.start()])
        if link and _value(low) < _value(high) and _is_range(low, high, before, link, behind):
            yield low, high
            end = high.end()


def _is_range(low: re.Match[str], high: re.Match[str], before: str, link: re.Match[str], behind: str) -> bool:
    """Whether two neighbouring amounts, the smaller first, are the bounds of an amount."""
    between, word = _BETWEEN.search(before), (link["word"] or "").lower()
    unit = _UNIT_BEHIND.match(behind)
    counted = unit is not None and (unit["word"] is None or unit["word"].lower() not in STOPWORDS)
    years = _YEAR.fullmatch(low.group()) and _YEAR.fullmatch(high.group())
    if _MONTH_BEFORE.search(before) or _MONTH_BEHIND.match(behind) or _SERIES.search(before):
        return False
    if not behind.casefold().startswith((link["unit"] or "").casefold()) or (years and not (word and counted)):
        return False
    if word in _AND:
        return between is not None
    return (word != "" or counted) and (between is not None or not _CHANGE.search(before))


def _number(amount: re.Match[str]) -> str:
    """As `numbers` and `written_numbers` give it."""
    return CARDINALS.get(amount.group().lower()) or amount.group().replace(",", "")


def _value(amount: re.Match[str]) -> float:
    try:
        return float(_number(amount))
    except ValueError:  # 1.2.3
        return 0.0
