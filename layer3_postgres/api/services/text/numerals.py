"""The terms of numbers and dates, which are written in many ways.

"1,250,000"  "1.250.000"  "1 250 000"  "1'250'000"       ->  "1250000", beside what may be meant as well
"3,5"  "3.50"                                            ->  "3.5"
"15 March 2024"  "March 15, 2024"  "15.3.2024"           ->  "2024-03-15", beside their words
"""

import re
from collections.abc import Iterator

_THOUSANDS = re.compile(r"\d{1,3}(?:([.,'])\d{3})(?:\1\d{3})*")
_FRACTION = re.compile(r"(?P<whole>.*\d)[.,](?P<fraction>\d{1,2}|\d{4,})")
MAX_GROUPS = 4
"""Groups of three digits that spaces may hold together: a row of a table is no number."""

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "jan ene gen january januar janvier januari enero gennaio janeiro",
            "feb fev february februar fevrier februari febrero febbraio fevereiro",
            "mar march marz maerz mars maart marzo marco",
            "apr avr abr april avril abril aprile",
            "may mai mei mag maggio mayo maio",
            "jun juin june juni junio giugno junho",
            "jul juil july juli juillet julio luglio julho",
            "aug aou ago august aout augustus agosto",
            "sep sept set september septembre septiembre settembre setembro",
            "oct okt ott out october oktober octobre octubre ottobre outubro",
            "nov november novembre noviembre novembro",
            "dec dez dic december dezember decembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_INITIAL = f"[{''.join(sorted({name[0] for name in _MONTHS}))}]"  # most words are told from months by one look
_DAY, _YEAR = r"(?P<day>[0-3]?\d)", r"(?P<year>[12]\d{3})"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\d.-]){_YEAR}-(?P<month>[01]?\d)-{_DAY}(?!\d)",
        rf"(?<![\d.]){_DAY}\.\s?(?P<month>[01]?\d)\.\s?{_YEAR}(?!\d)",
        rf"(?<!\d){_DAY}(?:st|nd|rd|th|\.|er)?\s(?:of\s|de\s)?(?P<name>{_NAME})\b\.?,?\s(?:de\s)?{_YEAR}(?!\d)",
        rf"\b(?={_INITIAL})(?P<name>{_NAME})\b\.?\s{_DAY}(?:st|nd|rd|th)?,?\s{_YEAR}(?!\d)",
    )
)
_SLASHED = re.compile(r"(?<![\d/])([0-3]?\d)/([0-3]?\d)/([12]\d{3})(?![\d/])")
_HAS_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")


def number_terms(token: str) -> list[str]:
    """The terms of digits with separators between them: usually one."""
    if " " in token:
        groups = token.split(" ")
        parts = [term for group in groups for term in number_terms(group)]
        whole = len(groups[0]) <= 3 and len(groups) <= MAX_GROUPS and groups[0].isdigit()
        return [*_plain("".join(groups)), *parts] if whole else parts
    return _plain(token)


def _plain(token: str) -> list[str]:
    """The terms of a number without spaces."""
    fraction = _FRACTION.fullmatch(token)
    whole = fraction["whole"] if fraction else token
    if whole.isdigit() or _THOUSANDS.fullmatch(whole):
        digits = re.sub(r"[.,']", "", whole)
        value = f"{digits}.{fraction['fraction']}".removesuffix(".00") if fraction else digits
        unclear = not fraction and whole.count(".") == 1  # 1.250 is a number of thousands, or between 1 and 2
        return [value, whole] if unclear else [value]
    if "," in token or "'" in token:
        return [term for part in re.split("[,']", token) if part for term in _plain(part)]
    return [token]  # a version, a time, an address


def date_terms(text: str) -> Iterator[str]:
    """The calendar days in a lower-case text without accents, as `2024-03-15`; 3/4/2024 is two of them."""
    return (day for _, day in dates(text))


def dates(text: str) -> Iterator[tuple[str, str]]:
    """The days in a lower-case text without accents, as they are written and as `date_terms` gives them."""
    if not _HAS_YEAR.search(text):
        return
    for pattern in _DATES:
        for found in pattern.finditer(text):
            parts = found.groupdict()
            month = _MONTHS[parts["name"]] if "name" in parts else int(parts["month"])
            yield from ((found.group(), day) for day in _day(int(parts["year"]), month, int(parts["day"])))
    for found in _SLASHED.finditer(text) if "/" in text else ():
        first, second, year = map(int, found.groups())
        both = dict.fromkeys([*_day(year, first, second), *_day(year, second, first)])
        yield from ((found.group(), day) for day in both)


def _day(year: int, month: int, day: int) -> Iterator[str]:
    if 1 <= month <= 12 and 1 <= day <= 31:
        yield f"{year}-{month:02}-{day:02}"
