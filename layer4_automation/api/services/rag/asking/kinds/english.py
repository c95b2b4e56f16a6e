"""Kinds of answers in English: how they are asked for, and what gives them (see `answer_kinds.py`)."""

import re

from api.services.rag.asking.kinds.kind import AnswerKind, kind, length

_COUNT_WORDS = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy"
    r"|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|half"
)
_AMOUNT = rf"(?:\d[\d., \u00a0]*[ -]?|\b(?:an?|several|few|many|{_COUNT_WORDS})\b(?:[ -]\w+){{0,2}}?[ -])"
_LENGTHS = (
    r"(?:kilo|centi|milli|square |cubic )?met(?:re|er)s?|[kcm]?m[²³]?|feet|foot|ft|miles?|mi|inch(?:es)?|yards?|acres?"
    r"|hectares?"
)
_TIMES = r"seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|centur(?:y|ies)|min|h|s|ms"
_WEIGHTS = r"kg|kilograms?|kilos?|g|grams?|mg|t|tons?|tonnes?|pounds?|lbs?|ounces?"
_MONEY = r"USD|EUR|GBP|SEK|CHF|dollars?|euros?|pounds?|crowns?|francs?|marks?|yen|rupees?|cents?|free"
_SHARES = r"percent|per cent|half|thirds?|quarters?|fifths?|most"
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"

_LENGTH = rf"{_AMOUNT}(?:{_LENGTHS})\b"
_DURATION = (
    rf"{_AMOUNT}(?:{_TIMES})\b"
    r"|\b(?:every|once|twice|daily|weekly|monthly|yearly|annually|always|never|until|since|age|forever|as long as)\b"
)
_PLURAL = r" (?!was\b|is\b|as\b|has\b|its\b|his\b|this\b|census\b)[a-z]+s\b"

_AMOUNTS = (
    rf"(?<![\d.,])(?!(?:1\d|20)\d\d\b)\d[\d.,]*|\b(?:{_COUNT_WORDS}|no|none|both|several|single|thirds?|quarters?)\b"
)
"""A number that is no year."""
_NO_COUNT = (
    rf"(?<![$€£¥\d.,:])(?!\d{{1,2}}:\d\d\b)(?!\d[\d.,]* ?(?:am|pm|a\.m|p\.m|%|°|[$€£¥]|per ?cent\b|degrees?\b))"
    rf"(?!\d{{1,2}}(?:st|nd|rd|th)?\b (?:of )?(?:{_MONTHS})\b)(?!\d[\d., ]*(?:{_MONEY})\b)"
)
_COUNT = (
    rf"{_NO_COUNT}(?<![\d.,])(?!(?:1\d|20)\d\d\b(?!{_PLURAL}))\d[\d.,]*(?!\w)"
    rf"|\b(?:{_COUNT_WORDS}|no|none|both|several|single|only|pair|thirds?|quarters?|number)\b(?! (?:o.clock|am|pm)\b)"
)
"""A number that is no year, time of day, day of a month, share or price."""
_YEAR = (
    rf"(?<![\d.,])(?:1\d|20|[1-9])\d\ds?\b(?![.,]\d)(?!{_PLURAL})|\b(?:in|of|since|by|from|until|till|and"
    rf"|around|about|after|before) \d{{4}}\b"
)
"""Three or four digits that do not count the next word: "in 1931", but not "1,400 trees" and not "820 seats"."""
_HOUR = rf"\d{{1,2}}[:.]\d\d\b(?! ?(?:{_MONEY}|%))"
_TIME = (
    rf"{_YEAR}|\b(?:{_MONTHS}|\d{{1,2}}(?:st|nd|rd|th)?[ -]centur(?:y|ies)|\w+(?:th|st|nd|rd)[ -]centur(?:y"
    rf"|ies)|\d{{1,2}} ?(?:am|pm)|{_HOUR}"
    rf"|{_DAYS}|after|before|during|until|spring|summer|autumn|winter|centur(?:y|ies)|today|now)\b"
)
_CLOCK = (
    rf"\b\d{{1,2}}(?:[:.]\d\d)? ?(?:am|pm|a\.m|p\.m)|\b{_HOUR}|\b(?:noon|midnight|o.clock|UTC)\b"
    r"|\b(?:at|until|till|from|before|after|by|between) (?:one|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve)\b(?! \w+s\b)"
    r"|\b(?:at|until|till) \d{1,2}\b"
)
_NO_NAME = rf"(?!(?:{_MONTHS}|{_DAYS}|I|The|An?|It|In|On|At|Of|OK|II|III|IV)\b)"
_NOT_THERE = "".join(
    rf"(?<!\b{word} )(?<!\b{word} the )"
    for word in ("in", "In", "at", "At", "from", "From", "near", "to", "over", "on", "of")
)
_PERSON = (
    rf"{_NOT_THERE}(?<![.!?:] )(?<!^)(?<!\n)\b{_NO_NAME}[A-Z](?!\w*\d)[\w'’.-]+"
    rf"|{_NOT_THERE}\b{_NO_NAME}[A-Z][\w'’.-]+ (?:[a-z]+ )?{_NO_NAME}[A-Z][\w'’-]+"
    r"|^\W*(?:He|She|They|His|Her|Their)\b|\b[a-z]{3,}(?:ists|icians|ians)\b"
    r"|\bby (?!hand\b|the (?:river|sea|end|time)\b)(?:the |an? )?[a-z]{4,}"
    r"|\b(?i:people|persons?|society|service|team|compan(?:y|ies)|department|staff|president|king|queen|teachers?"
    r"|employees|members?|volunteers|students|engineers?|manager|director|government|farmers|scientists?)\b"
)
_PLACE = (
    r"\b(?:[Ii]n|[Aa]t|[Ff]rom|[Nn]ear|to|of|on|under|behind|above|below|between|through|into|across|around)"
    rf" (?:the |an? )?(?!\d|the\b|an?\b|{_MONTHS}|{_DAYS}|(?:{_COUNT_WORDS}) (?:{_TIMES})\b|(?:{_TIMES}|order"
    rf"|case|least"
    r"|most|addition|general|particular|part|time|summer|winter|spring|autumn|favou?r|\w+ing)\b)\w+"
)

COUNT = kind("count", r"\bhow many\b|\b(?:what|which) number of\b", _COUNT)
KINDS: tuple[AnswerKind, ...] = (
    kind("person", r"^\W*who(?:m|se)?\b|\bby whom\b", _PERSON, re.NOFLAG),
    kind(
        "money",
        r"^(?!\W*(?:how (?:do|does|did|can|long|often|many)|why|who|when|where|on which)\b).*\b(?:costs?"
        r"|prices?|fees?|rent|salary|wage|expensive|how much money)\b"
        r"|\bhow much\b.*\b(?:pay|pays|paid|charged?)\b",
        rf"[$€£¥]|\b(?:{_MONEY})\b",
    ),
    length(r"\bhow (?:tall|high)\b", r"tall|high\b|higher|height|altitude|above|reach|rises?\b|stands?\b", _LENGTH),
    length(r"\bhow deep\b", r"deep|depth|draught|below", _LENGTH),
    length(r"\bhow wide\b", r"wide\b|wider|width|broad|breadth|across|diameter|spans?\b", _LENGTH),
    length(r"\bhow thick\b", r"thick", _LENGTH),
    kind("loudness", r"\bhow (?:loud|noisy)\b", r"\d ?dB|\bdecibels?\b|\b(?:loud|noisy|silent|quiet|inaudible)"),
    kind("weight", r"\bhow heavy\b|\bhow much\b.*\bweigh", rf"{_AMOUNT}(?:{_WEIGHTS})\b"),
    kind(
        "length or duration",
        r"\bhow long (?:(?:is|are|was|were)\b|(?:may|must|can|should)\b.*\bbe\W*$)",
        rf"{_LENGTH}|{_DURATION}|{_AMOUNT}(?:characters|letters|words|pages|lines)\b",
    ),
    kind(
        "duration",
        r"\bhow (?:long|old)\b|\bhow many (?:years|months|weeks|days|hours|minutes|seconds)\b"
        r"|\b(?:with)?in what time\b",
        _DURATION,
    ),
    kind(
        "frequency",
        r"\bhow (?:often|frequently)\b|\bhow many times\b",
        rf"\b(?:every|each|once|twice|hourly|daily|nightly|weekly|monthly|quarterly|yearly|annual(?:ly)?|always"
        rf"|never|(?:\d+|{_COUNT_WORDS}) times|often|rarely|seldom|sometimes|regularly|continuous(?:ly)?|constantly"
        r"|(?:per|an?) (?:\w+ )?(?:hour|day|night|week|month|quarter|year|season|century|decade|minute|second))\b",
    ),
    kind("temperature", r"\b(?:what|which) temperature\b", r"°|\bdegrees?\b|\d ?[KCF]\b"),
    kind(
        "speed",
        r"\bhow fast\b|\b(?:what|which) (?:is the )?(?:\w+ )?speed\b",
        r"\b(?:km/h|mph|kmh|m/s|knots?)\b|\d.* (?:per|an?) (?:second|minute|hour)\b",
    ),
    kind(
        "share",
        r"\b(?:what|which|how many|how much) (?:percent|percentage|share|proportion|fraction)\b",
        rf"%|\b(?:{_SHARES})\b",
    ),
    kind("clock", r"\b(?:at what|what|at which) time\b(?! (?:frame|period|span))", _CLOCK),
    COUNT,
    kind(
        "size",
        r"\bhow (?:large|big)\b",
        rf"{_LENGTH}|[$€£¥%]|\b(?:{_MONEY}|{_SHARES}|population|size|inhabitants|residents|members|seats|people"
        rf"|millions?"
        r"|billions?|litres?|liters?|[kmgt]b|[kmgt]i?bytes?|bytes|large|largest|big|biggest|small|smallest)\b",
    ),
    kind("amount", r"\bhow (?:much|far)\b|\b(?:what|which) (?:number|amount)\b", _AMOUNTS),
    kind(
        "time",
        r"\bwhen (?:did|was|were|will|has|had)\b|\b(?:what|which) (?:year|date|day|month|century|decade)s?\b",
        _TIME,
        re.NOFLAG,
    ),
    kind(
        "occasion",
        r"\bwhen (?:do|does|is|are|can|may|must|should)\b",
        rf"{_TIME}|{_CLOCK}|\b(?:if|when|whenever|while|once|as soon|as long|every|on|immediately|at once"
        rf"|always|never|by"
        r"|within|from|in|upon|weekends?|weekdays?|mornings?|afternoons?|evenings?|nights?|nightly|daily|weekly|monthly"
        r"|yearly|first|last)\b",
    ),
    kind(
        "place",
        r"^\W*(?:in )?where\b(?!.*\brank)|\b(?:what|which) (?:city|country|state|nation|town|place|region"
        r"|county|room|street)\b",
        _PLACE,
        re.NOFLAG,
    ),
)
"""The first that a question asks for counts: special ones stand before general ones."""
