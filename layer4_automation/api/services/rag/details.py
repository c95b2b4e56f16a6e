"""The details of a sentence: numbers, dates, names and negation. Another detail makes another statement."""

import re

from api.services.text.terms import terms

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = (
    {word: str(n) for n, word in enumerate([*_UNITS.split(), "seventeen", "eighteen", "nineteen"])}
    | {word: str(n) for n, word in enumerate(_ORDINALS.split())}
    | {word: str(10 * n) for n, word in enumerate(_TENS.split(), start=2)}
    | {"hundred": "100", "thousand": "1000", "million": "1000000", "billion": "1000000000"}
)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_MONTH = re.compile(r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b")
_NAME = re.compile(r"[^\W\d_a-z][\w'’-]+")
_OPENED = re.compile(r"(?:^|[.!?:“\"(|*_#])\s*$")
_NEGATION = re.compile(r"\b(?:not|never|no|none|neither|nor|nothing|nobody|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_PRONOUN = re.compile(r"\b(?:it|its|itself|he|she|they|his|her|their|him|them|this|these)\b", re.IGNORECASE)


def numbers(text: str) -> frozenset[str]:
    """The numbers in digits, without separators of thousands, and the months."""
    found = {number.replace(",", "") for number in _NUMBER.findall(text)}
    return frozenset(found | {month.lower() for month in _MONTH.findall(text)})


def written_numbers(text: str) -> frozenset[str]:
    """The same, and the numbers in words: "seven" holds 7."""
    return numbers(text) | {_WORDS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _WORDS}


def names(text: str) -> frozenset[str]:
    """The terms of capitalised words that do not open a sentence."""
    found = (match for match in _NAME.finditer(text) if not _OPENED.search(text[: match.start()]))
    return frozenset(term for match in found for term in terms(match.group()))


def is_negated(text: str) -> bool:
    """Whether an English negation stands in the text."""
    return _NEGATION.search(text) is not None


def has_pronoun(text: str) -> bool:
    """Whether an English pronoun stands for what was named before."""
    return _PRONOUN.search(text) is not None
