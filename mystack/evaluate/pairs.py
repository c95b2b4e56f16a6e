"""Sentences with the passage that supports them or does not, made from a file in SQuAD's format.

    verbatim              a sentence of the passage                                    supported
    statement             a question and its answer, turned into a sentence            supported
    number, date, name    one of these two with another number, date or name           not
    swapped name          one of these two with another name of the passage            not
    negation              one of these two, negated                                    not
    foreign               a sentence of the next passage of the article                not

The choices are random with a fixed seed, so that two runs compare the same sentences.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SUPPORTED = ("verbatim", "statement")
SHORT, LONG = 30, 300
"""Characters of the sentences that are taken."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DATE = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b|\b1\d{{3}}\b|\b20\d\d\b")
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-]|[.,]\d)")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*\b")
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|has|had|have|can|could|will|would|did|does|do)\b")
_NEGATED = re.compile(r"\b(?:not|never|no|without|neither|nor)\b|n't\b")
_PREPOSITION = re.compile(r"(?:in|on|at|by|from|after|before|during|the \w+ of)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """A sentence, and the passage that it is compared with."""

    kind: str
    sentence: str
    passage: str
    article: str


def pairs(articles: Sequence[Mapping[str, Any]], seed: int = 1) -> Iterator[Pair]:
    """All pairs of the articles, in their order."""
    rng = random.Random(seed)
    names = {article["title"]: _names(article) for article in articles}
    for article in articles:
        elsewhere = [name for title, own in names.items() if title != article["title"] for name in own]
        paragraphs = article["paragraphs"]
        for at, paragraph in enumerate(paragraphs):
            following = paragraphs[(at + 1) % len(paragraphs)]["context"] if len(paragraphs) > 1 else ""
            for kind, sentence in _sentences(paragraph, following, elsewhere, rng):
                yield Pair(kind, sentence, paragraph["context"], article["title"])


def _sentences(
    paragraph: Mapping[str, Any], following: str, elsewhere: Sequence[str], rng: random.Random
) -> Iterator[tuple[str, str]]:
    passage = paragraph["context"]
    said = [statement(row["question"], row["answers"][0]["text"]) for row in paragraph["qas"]]
    true = [("verbatim", text) for text in split(passage)]
    true += [("statement", text) for text in said if text and SHORT // 2 <= len(text) <= LONG]
    here = _NAME.findall(passage)
    for kind, text in true:
        yield kind, text
        changed = {
            "number": other_number(text, rng),
            "date": other_date(text, rng),
            "name": other_name(text, elsewhere, rng),
            "swapped name": other_name(text, here, rng),
            "negation": negated(text),
        }
        yield from ((name, one) for name, one in changed.items() if one and one not in passage)
    yield from (("foreign", text) for text in split(following))


def split(passage: str) -> list[str]:
    """The sentences of a passage that are neither very short nor very long."""
    return [text.strip() for text in _SENTENCE.split(passage) if SHORT <= len(text.strip()) <= LONG]


def statement(question: str, answer: str) -> str | None:
    """A question and its answer as a sentence, roughly; None for a form of question that has no rule here."""
    asked = question.strip().rstrip("?").strip()
    if found := re.match(r"(?i)(?:who|what) (is|are|was|were) (.+)$", asked):
        named = re.search(r"\b(?:called|named|known as)$", asked)
        return _written(f"{found[2]} {answer}" if named else f"{found[2]} {found[1].lower()} {answer}")
    if found := re.match(r"(?i)how (?:many|much) (\w+(?: \w+)?) (?:did|does|do|had|have|has) (.+)$", asked):
        return _written(f"{found[2]} {answer} {found[1]}")
    if found := re.match(r"(?i)(?:when|where) (did|does|do|was|were|is|are) (.+) (\S+)$", asked):
        link = "" if _PREPOSITION.match(answer) else "in "
        verb = "" if found[1].lower() in ("did", "does", "do") else f"{found[1].lower()} "
        return _written(f"{found[2]} {verb}{found[3]} {link}{answer}")
    if found := re.match(r"(?i)(?:what|which) (?:(.+?) )?(?:did|does|do) (.+)$", asked):
        return _written(f"{found[2]} the {found[1]} {answer}" if found[1] else f"{found[2]} {answer}")
    if found := re.match(r"(?i)(?:who|which(?: \w+)?|how many|how much) (.+)$", asked):
        return None if re.search(r"\b(?:did|does|do)\b", asked) else _written(f"{answer} {found[1]}")
    return None


def other_number(sentence: str, rng: random.Random) -> str | None:
    """The sentence with another number; None if it has none but years."""
    found = [match for match in _NUMBER.finditer(sentence) if not _DATE.fullmatch(match.group())]
    if not found:
        return None
    match = rng.choice(found)
    whole, point, part = match.group().replace(",", "").partition(".")
    value = int(whole) + rng.choice([1, 2, 3, 7, 10, max(2, int(whole) // 2), int(whole) + 1])
    new = f"{value:,}" if "," in match.group() else f"{value}{point}{part}"
    return sentence[: match.start()] + new + sentence[match.end() :]


def other_date(sentence: str, rng: random.Random) -> str | None:
    """The sentence with another month or year."""
    found = list(_DATE.finditer(sentence))
    if not found:
        return None
    match = rng.choice(found)
    old = match.group()
    month = rng.choice([month for month in _MONTHS if month != old])
    new = month if old in _MONTHS else str(int(old) + rng.choice([-31, -12, -3, -1, 1, 2, 7, 40]))
    return sentence[: match.start()] + new + sentence[match.end() :]


def other_name(sentence: str, names: Sequence[str], rng: random.Random) -> str | None:
    """The sentence with another one of the names."""
    found = list(_NAME.finditer(sentence))
    if not found:
        return None
    match = rng.choice(found)
    others = [name for name in names if not set(name.split()) & set(match.group().split())]
    return sentence[: match.start()] + rng.choice(others) + sentence[match.end() :] if others else None


def negated(sentence: str) -> str | None:
    """The sentence with "not" behind its first auxiliary verb; None if it has none, or is negated already."""
    found = _AUXILIARY.search(sentence)
    if found is None or _NEGATED.search(sentence):
        return None
    return f"{sentence[: found.end()]} not{sentence[found.end() :]}"


def _names(article: Mapping[str, Any]) -> list[str]:
    return sorted({name for paragraph in article["paragraphs"] for name in _NAME.findall(paragraph["context"])})


def _written(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + "."
