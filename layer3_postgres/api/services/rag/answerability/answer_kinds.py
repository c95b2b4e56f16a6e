"""The kind of answer that a question asks for, such as a price, a length or a year, and whether a text has one.

    "How heavy is the pump?"   a weight: "61 kg", but not "45 cubic metres" and not "in 1946"

The words are English. A question in another language, or one that asks for none of these kinds, is not judged.
"""

import re
from collections.abc import Set
from dataclasses import dataclass, replace

from api.services.text.terms import terms

_COUNT_WORDS = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy"
    r"|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|half"
)
_AMOUNT = rf"(?:\d[\d., \u00a0]*|(?:an?|several|few|many|{_COUNT_WORDS})\b[\w -]{{0,12}}?)[ -]?"
_LENGTHS = (
    r"(?:kilo|centi|milli|square |cubic )?met(?:re|er)s?|km|cm|mm|m|feet|foot|ft|miles?|mi|inch(?:es)?|yards?|acres?"
    r"|hectares?"
)
_TIMES = r"seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|centur(?:y|ies)|min|h|s|ms"
_WEIGHTS = r"kg|kilograms?|kilos?|g|grams?|mg|t|tons?|tonnes?|pounds?|lbs?|ounces?"
_MONEY = r"USD|EUR|GBP|SEK|CHF|dollars?|euros?|pounds?|crowns?|francs?|marks?|yen|rupees?|cents?|free"
_SHARES = r"percent|per cent|half|thirds?|quarters?|fifths?|most"
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"

_LENGTH = rf"{_AMOUNT}(?:{_LENGTHS})\b"
_DURATION = (
    rf"{_AMOUNT}(?:{_TIMES})\b"
    r"|\b(?:every|once|twice|daily|weekly|monthly|yearly|annually|always|never|until|since|age|forever|as long as)\b"
)
_COUNT = (
    rf"(?<![\d.,])(?!(?:1\d|20)\d\d\b)\d[\d.,]*|\b(?:{_COUNT_WORDS}|no|none|both|several|single|thirds?|quarters?)\b"
)
"""A number that is no year."""
_TIME = (
    rf"\b(?:{_MONTHS}|\d{{3,4}}s?|\d{{1,2}}(?:st|nd|rd|th)?[ -]centur(?:y|ies)|\d{{1,2}} ?(?:am|pm)|\d{{1,2}}[:.]\d\d"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|after|before|during|until|spring|summer|autumn|winter"
    r"|centur(?:y|ies)|today|now)\b"
)
_CLOCK = r"\b\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|a\.m|p\.m)|\b\d{1,2}[:.]\d\d\b|\b(?:noon|midnight|o.clock|UTC)\b"
_PERSON = r"(?<![.!?:] )(?<!^)(?<!\n)\b[A-Z][\w'’.-]+|\b[A-Z][\w'’.-]+ (?:[a-z]+ )?[A-Z][\w'’-]+"
_PLACE = (
    r"\b(?:[Ii]n|[Aa]t|[Ff]rom|[Nn]ear|to|of|on|under|behind|above|below|between|through|into|across|around)"
    r" (?:the )?\w+"
)


@dataclass(frozen=True)
class AnswerKind:
    """`asked` matches questions for it, `given` what answers them, `measured` the words of what was measured."""

    name: str
    asked: re.Pattern[str]
    given: re.Pattern[str]
    measured: re.Pattern[str] | None = None

    def is_in(self, text: str, question_terms: Set[str]) -> bool:
        """Whether the text has an answer of this kind that the question does not say itself."""
        if self.measured and not self.measured.search(text):
            return False
        said = (set(terms(found.group())) for found in self.given.finditer(text))
        return any(not words or words - question_terms for words in said)


def _kind(name: str, asked: str, given: str, flags: re.RegexFlag = re.IGNORECASE) -> AnswerKind:
    return AnswerKind(name, re.compile(asked, re.IGNORECASE), re.compile(given, flags))


def _length(asked: str, measured: str) -> AnswerKind:
    """Of a building that is 30 m long, this does not say how tall it is."""
    return replace(_kind("length", asked, _LENGTH), measured=re.compile(rf"\b(?:{measured})", re.IGNORECASE))


COUNT = _kind(
    "count",
    r"\bhow (?:many|much)\b|\b(?:what|which) (?:number|amount)\b|\bhow (?:large|big|far|fast)\b",
    _COUNT,
)
KINDS = (
    _kind("person", r"^\W*who(?:m|se)?\b|\bby whom\b", _PERSON, re.NOFLAG),
    _kind(
        "money",
        r"\b(?:costs?|prices?|fees?|rent|salary|wage|expensive|how much money)\b"
        r"|\bhow much\b.*\b(?:pay|pays|paid|charged?)\b",
        rf"[$€£¥]|\b(?:{_MONEY})\b",
    ),
    _length(r"\bhow (?:tall|high)\b", r"tall|high\b|higher|height|altitude|above|reach|rises?\b|stands?\b"),
    _length(r"\bhow deep\b", r"deep|depth|draught|below"),
    _length(r"\bhow wide\b", r"wide\b|wider|width|broad|breadth|across|diameter|spans?\b"),
    _length(r"\bhow thick\b", r"thick"),
    _kind("loudness", r"\bhow (?:loud|noisy)\b", r"\d ?dB|\bdecibels?\b|\b(?:loud|noisy|silent|quiet|inaudible)"),
    _kind("weight", r"\bhow heavy\b|\bhow much\b.*\bweigh", rf"{_AMOUNT}(?:{_WEIGHTS})\b"),
    _kind("length or duration", r"\bhow long (?:is|are|was|were)\b", f"{_LENGTH}|{_DURATION}"),
    _kind(
        "duration",
        r"\bhow (?:long|often|old)\b|\b(?:many|what|which) (?:years|months|weeks|days|hours|minutes|seconds)\b",
        _DURATION,
    ),
    _kind("temperature", r"\b(?:what|which) temperature\b", r"°|\bdegrees?\b|\d ?[KCF]\b"),
    _kind(
        "share",
        r"\b(?:what|which|how many|how much) (?:percent|percentage|share|proportion|fraction)\b",
        rf"%|\b(?:{_SHARES})\b",
    ),
    _kind("clock", r"\b(?:at what|what|at which) time\b", _CLOCK),
    COUNT,
    _kind(
        "time",
        r"\bwhen (?:did|was|were|will|has|had)\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b",
        _TIME,
        re.NOFLAG,
    ),
    _kind(
        "place",
        r"^\W*(?:in )?where\b|\b(?:what|which) (?:city|country|state|nation|town|place|region|county|room|street)\b",
        _PLACE,
        re.NOFLAG,
    ),
)
"""The first that a question asks for counts: special ones stand before general ones."""

_COUNTED = re.compile(
    r"\bhow (?:many|much) ((?:[\w'-]+ ){0,2}?[\w'-]+)"
    r"(?= (?:is|are|was|were|do|does|did|has|have|had|can|could|may|will|would|must)\b)",
    re.IGNORECASE,
)
_VERB = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|may|will|would|must|should)\b"
_ASKED_FOR = re.compile(
    rf"\b(?:what|which|whose) (?!{_VERB})((?:[\w'’-]+ ){{1,3}}?(?={_VERB})|(?:famous |other |main )?[\w'’-]+)",
    re.IGNORECASE,
)
_NAMING = frozenset(
    terms(
        "name named call called term word type kind sort example thing way group place people person famous much many"
    )
)
"""What is asked for, when it has no better word."""


def kind_asked(question: str) -> AnswerKind | None:
    """The kind of answer that a question asks for, if it is one of `KINDS`."""
    return next((kind for kind in KINDS if kind.asked.search(question)), None)


def counted(question: str) -> str | None:
    """The term of what a question asks to count: "gate" in "How many gates does it have?"."""
    found = _COUNTED.search(question)
    return next(reversed(terms(found[1])), None) if found else None


def unsaid(question: str) -> set[str]:
    """The terms of the words that name what is asked for: "which actress", "the scale … called"."""
    found = _ASKED_FOR.search(question)
    return {*_NAMING, *terms(found[1])} if found else set(_NAMING)
