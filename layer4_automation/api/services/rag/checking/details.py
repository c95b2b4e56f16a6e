"""The details of a sentence: numbers, dates, names and negation. Another detail makes another statement."""

import re
from collections.abc import Sequence, Set

from api.services.text.terms import terms

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
CARDINALS = {word: str(n) for n, word in enumerate([*_UNITS.split(), "seventeen", "eighteen", "nineteen"])} | {
    word: str(10 * n) for n, word in enumerate(_TENS.split(), start=2)
}
"""The numbers in words that count something, in digits."""
_WORDS = (
    CARDINALS
    | {word: str(n) for n, word in enumerate(_ORDINALS.split())}
    | {"hundred": "100", "thousand": "1000", "million": "1000000", "billion": "1000000000"}
)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTH = re.compile(rf"\b(?:{MONTHS})\b")
_NAME = re.compile(r"[^\W\d_a-z][\w'’-]+")
_OPENED = re.compile(r"(?:^|[.!?:“\"(|*_#])\s*$")
_NEGATION = re.compile(r"\b(?:not|never|no|none|neither|nor|nothing|nobody|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[.,;:!?()]|\b(?:and|but|while|because)\b")
_CONTRAST = re.compile(r",\s(?:but\s|and\s)?$")
CLAUSE = 120
"""Characters behind a negation that are read."""
DENIED, NEAR = 6, 3
"""Content words behind a negation that it may deny, and those that it surely denies."""
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


def denials(text: str) -> tuple[tuple[str, ...], ...]:
    """For each English negation, the content words behind it in its clause: what it denies.

    Behind a comma, it is the first one: "a key, not the number of the door".
    """
    found = []
    for match in _NEGATION.finditer(text):
        contrast = _CONTRAST.search(text, max(match.start() - len(", but "), 0), match.start())
        clause = text[match.end() : match.end() + CLAUSE]
        found.append(tuple(terms(_CLAUSE_END.split(clause, 1)[0])[: 1 if contrast else DENIED]))
    return tuple(found)


def denies_otherwise(said: Set[str], denied: Sequence[Sequence[str]], passage: Sequence[Sequence[str]]) -> bool:
    """Whether a sentence with the terms `said` denies what a passage does not, or says what only the passage denies.

    `denied` and `passage`: what the two deny.
    """
    if denied:
        return not all(any(_deny_the_same(one, other) for other in passage) for one in denied)
    return any(not other or not said.isdisjoint(other) for other in passage)


def _deny_the_same(one: Sequence[str], other: Sequence[str]) -> bool:
    return not one or not other or not set(one[:NEAR]).isdisjoint(other[:NEAR])


def has_pronoun(text: str) -> bool:
    """Whether an English pronoun stands for what was named before."""
    return _PRONOUN.search(text) is not None
