"""Kinds of answers in German: how they are asked for, and what gives them (see `answer_kinds.py`).

All nouns have capitals, so that a person is told by two names in a row, by a title, or by a word such as "von".
"""

import re

from api.services.rag.asking.kinds.kind import AnswerKind, kind

_COUNT_WORDS = (
    r"zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|(?:zwei|drei|vier|fünf|sech|sieb|acht|neun)\w*zehn"
    r"|\w*(?:zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig|hundert|tausend)|Million(?:en)?"
    r"|Milliarden?|Dutzend|halbe\w*"
)
_AMOUNT = rf"(?:\d[\d., \u00a0]*[ -]?|\b(?:ein\w*|einige|mehrere|{_COUNT_WORDS})\b(?:[ -]\w+)??[ -])"
_LENGTH = rf"{_AMOUNT}(?:(?:Kilo|Zenti|Milli|Quadrat|Kubik)?[Mm]etern?|[kcm]?m[²³]?|Fuß|Meilen?|Hektar|Zoll)\b"
_DURATION = (
    rf"{_AMOUNT}(?:Sekunden?|Minuten?|Stunden?|Tagen?|Nächten?|Wochen?|Monaten?|Jahren?|Jahrzehnten?|Jahrhunderten?)\b"
    r"|\b(?:[Ss]eit|bis|immer|lebenslang)\b"
)
_MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_DAYS = r"(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag[es]*|Mittwochs?"
_YEAR = r"(?<![\d.,])(?:1\d|20|\d)\d\d(?:er)?\b(?![.,]\d)"
_TIME = (
    rf"{_YEAR}|\b(?:{_MONTHS}|{_DAYS}|\d{{1,2}}[:.]\d\d|\w*[Jj]ahrhunderts?|nach|vor|während|bis|Frühling|Sommer|Herbst"
    r"|Winter|heute|Uhr)\b"
)
_COUNT = (
    rf"(?<![\d.,:])(?!(?:1\d|20)\d\d\b)(?!\d{{1,2}}[:.]\d\d\b)(?!\d[\d.,]* ?(?:Uhr|%|Prozent|°|[$€£]|Euro|Franken))"
    rf"(?!\d{{1,2}}\. (?:{_MONTHS}))\d[\d.,]*(?!\w)|\b(?:{_COUNT_WORDS}|kein\w*|beide\w*|mehrere|einzige\w*|Anzahl)\b"
    r"(?! (?:Uhr|Euro|Franken)\b)"
)
_NAME = r"[A-ZÄÖÜ][\w'’-]+"
_PERSON = (
    rf"\b(?!(?:Der|Die|Das|Ein|Eine|Sein|Seine|Ihr|Ihre|Im|In|Am|An|Von|Seit|Auf|Mit|Jeder|Jede)\b){_NAME} {_NAME}"
    rf"|\b(?:Herr|Frau|Dr\.?|König\w*|Kaiser\w*|Papst|Graf|Architekt\w*|Ingenieur\w*|Präsident\w*|Direktor\w*"
    rf"|von) {_NAME}"
    r"|\b(?:durch|von) (?:den|die|das|der|dem|einem|einer|eine|einen) \w+|\b(?:Er|Sie) (?!sind\b)"
    r"|\b\w+(?:innen|ler|iker|isten|ologen|schaft|verein|gesellschaft|firma|amt|rat|team)\b"
)
_PLACE = (
    r"\b(?:[Ii]n|[Ii]m|[Ii]ns|[Aa]m|[Aa]n|[Aa]us|[Bb]ei|[Bb]eim|[Vv]or|[Zz]u|[Zz]ur|[Nn]ach|[Nn]eben|[Aa]uf|[Uu]nter"
    rf"|[Hh]inter|[Üü]ber|[Zz]wischen|von) (?:d\w\w |ein\w* )?(?!\d|d\w\w\b|ein\w*\b|{_MONTHS}|{_DAYS}|Jahr\w*\b)\w+"
)

KINDS: tuple[AnswerKind, ...] = (
    kind("person", r"^\W*(?:von )?we(?:r|m|n|ssen)\b", _PERSON, re.NOFLAG),
    kind(
        "money",
        r"\b(?:kostet|kosten|preis|gebühr|miete|gehalt|lohn|teuer|wie ?viel geld)\b|\bwie ?viel\b.*\b(?:zahl|bezahl)",
        r"[$€£¥]|\b(?:Euro|EUR|Dollar|Franken|Pfund|Kronen|Mark|Rubel|Cent|kostenlos\w*|gratis|umsonst|frei)\b",
    ),
    kind(
        "weight", r"\bwie schwer\b|\bwie ?viel\b.*\bwieg", rf"{_AMOUNT}(?:kg|Kilogramm|Kilo|Gramm|g|t|Tonnen?|Pfund)\b"
    ),
    kind("length", r"\bwie (?:hoch|tief|breit|dick|weit|groß ist d(?:er|ie) entfernung)\b", rf"{_LENGTH}|°|%|€|Euro"),
    kind(
        "frequency",
        r"\bwie (?:oft|häufig)\b",
        r"\b(?:(?:jede\w*|alle) \w+|täglich|wöchentlich|\w*mal|\w*jährlich|\w*lich|pro)\b",
    ),
    kind("duration", r"\bwie (?:lange|alt)\b|\bwie ?viele (?:jahre|monate|wochen|tage|stunden|minuten)\b", _DURATION),
    kind("length or duration", r"\bwie lang\b", f"{_LENGTH}|{_DURATION}"),
    kind(
        "share",
        r"\bwie ?viel prozent\b|\bwelche[rn]? (?:anteil|prozentsatz)\b",
        r"%|\b(?:Prozent|Hälfte|Drittel|Viertel)\b",
    ),
    kind("clock", r"\bum wie ?viel uhr\b", r"\bUhr\b|\b\d{1,2}[:.]\d\d\b|\bMitternacht\b"),
    kind("count", r"\bwie ?viele?\b", _COUNT),
    kind("time", r"\b(?:wann (?:wurden?|war|waren|hat|haben|ist|sind)|in welchem (?:jahr|monat|jahrhundert))\b", _TIME),
    kind(
        "place",
        r"^\W*(?:wo|woher|wohin)\b|\bin (?:welcher|welchem) (?:stadt|land|ort|region|staat)\b",
        _PLACE,
        re.NOFLAG,
    ),
)
"""The first that a question asks for counts."""
