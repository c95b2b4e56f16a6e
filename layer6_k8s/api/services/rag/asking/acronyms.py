"""Acronyms and their long forms: "paid time off" and PTO are one, if the documents say so or the initials do.

    Paid time off (PTO) is granted after the trial period.       a definition
    PTO requests are approved by the team lead.                  what answers "Who approves paid time off?"

A question is searched for in both forms, and passages are compared with it in the form that it has.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from api.services.retrieval.search import Hit
from api.services.text.terms import STOPWORDS

LEAST_LETTERS = 3
"""Letters of an acronym that is recognised by the initials of some words alone: two letters are those of many words."""
MOST_WORDS = 8
"""Words of a long form."""
FIRST, USED = 3, 2
"""If so many of the first hits have a form, the library uses it, and not only defines it."""

_ACRONYM = re.compile(r"\b([A-Z][A-Z0-9]{1,7})s?\b")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_IN_BRACKETS = re.compile(r"\(\s*(?P<acronym>[A-Z][A-Z0-9]{1,7})s?\s*[),;]")
_WORDS_BEFORE = re.compile(r"(?:[^\W_][\w'’-]*\s+){2,10}\Z")
CHARS_BEFORE = 400
"""Characters before a bracket that are looked at: a pattern that begins with words would be tried at every word."""
_DEFINED_BEHIND = re.compile(
    r"\b(?P<acronym>[A-Z][A-Z0-9]{1,7})\b\s*(?:\(|[:=–—-]\s|(?:stands?|is short) for\b|means\b|is the\b)\W*"
    r"(?:the\s|an?\s)?(?P<long>[^\W_][\w'’-]*(?:\s+[^\W_][\w'’-]*){1,9})"
)
_SMALL = frozenset(["a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with"])


@dataclass(frozen=True)
class Form:
    """An acronym, and its long form as a pattern of its words and as they were written."""

    acronym: str
    long: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds the long form, in the singular or the plural."""
        words = [re.escape(word) for word in _WORD.findall(self.long)]
        last = words[-1].removesuffix("s")
        joined = r"[\s-]+".join([*words[:-1], last])
        return re.compile(rf"\b{joined}s?\b", re.IGNORECASE)

    @property
    def short(self) -> re.Pattern[str]:
        """Finds the acronym, in the singular or the plural."""
        return re.compile(rf"\b{re.escape(self.acronym)}s?\b")


def forms_of(question: str, hits: Sequence[Hit]) -> list[Form]:
    """The acronyms of which the question has one form and the hits have the other or both, each once."""
    found: dict[str, Form] = {}
    texts = [hit.complete for hit in hits]
    for form in (*chain.from_iterable(map(_defined, texts)), *_by_initials(question, texts)):
        if bool(form.pattern.search(question)) != _names(question, form):
            found.setdefault(form.acronym, form)
    return list(found.values())


def is_rare(question: str, hits: Sequence[Hit], forms: Sequence[Form]) -> bool:
    """Whether few of the first hits have the question's own form, so that the other one has to be searched for."""
    for form in forms:
        own = form.pattern if form.pattern.search(question) else form.short
        if sum(own.search(hit.complete) is not None for hit in hits[:FIRST]) < USED:
            return True
    return False


def in_other_form(question: str, forms: Sequence[Form]) -> str:
    """The question with each acronym written out, and each long form as an acronym."""
    for form in forms:
        has_long = form.pattern.search(question)
        question = form.pattern.sub(form.acronym, question) if has_long else _any_case(form).sub(form.long, question)
    return question


def as_asked(text: str, question: str, forms: Sequence[Form]) -> str:
    """A text with the acronyms in the form that the question has, where it has only the other one."""
    for form in forms:
        has_long, has_short = form.pattern.search(text), form.short.search(text)
        if form.pattern.search(question):
            text = text if has_long else form.short.sub(form.long, text)
        elif not has_short:
            text = form.pattern.sub(form.acronym, text)
    return text


def hits_as_asked(hits: Sequence[Hit], question: str, forms: Sequence[Form]) -> Sequence[Hit]:
    """The hits with their texts as they are compared with the question; their offsets do not hold."""
    return [replace(hit, text=as_asked(hit.text, question, forms)) for hit in hits] if forms else hits


def unseen(question: str, hits: Sequence[Hit]) -> list[str]:
    """The acronyms of the question that no hit has."""
    return [one for one in _ACRONYM.findall(question) if not any(one in hit.complete for hit in hits)]


def merged(hits: Sequence[Hit], others: Sequence[Hit], top_k: int) -> list[Hit]:
    """The best of the hits of two searches, each chunk once."""
    best: dict[object, Hit] = {}
    for hit in sorted([*hits, *others], key=lambda hit: -hit.score):
        best.setdefault(hit.chunk_id, hit)
    return list(best.values())[:top_k]


def _names(question: str, form: Form) -> bool:
    return _any_case(form).search(question) is not None


def _any_case(form: Form) -> re.Pattern[str]:
    """People type acronyms in small letters; not those that are words, such as IT and WHO."""
    flags = re.IGNORECASE if len(form.acronym) >= LEAST_LETTERS and form.acronym != "WHO" else 0
    return re.compile(form.short.pattern, flags)


def _defined(text: str) -> Iterator[Form]:
    """The acronyms that a text defines."""
    for one in _IN_BRACKETS.finditer(text):
        if before := _WORDS_BEFORE.search(text, max(one.start() - CHARS_BEFORE, 0), one.start()):
            words = _WORD.findall(before.group())
            starts = range(max(len(words) - MOST_WORDS, 0), len(words))
            yield from _fitting(one["acronym"], (words[start:] for start in starts))
    for one in _DEFINED_BEHIND.finditer(text):
        words = _WORD.findall(one["long"])
        yield from _fitting(one["acronym"], (words[:end] for end in range(2, min(len(words), MOST_WORDS) + 1)))


def _by_initials(question: str, texts: Sequence[str]) -> Iterator[Form]:
    """The acronyms of the question whose words are in the texts, and those of the texts whose words are asked for."""
    for holders, others in (([question], texts), (texts, [question])):
        acronyms = {one for text in holders for one in _ACRONYM.findall(text) if len(one) >= LEAST_LETTERS}
        for text in others if acronyms else ():
            words = _WORD.findall(text)
            for start in range(len(words)):
                initial = words[start][0].upper()
                for acronym in (one for one in acronyms if one[0] == initial):
                    ends = range(start + 2, min(start + MOST_WORDS, len(words)) + 1)
                    yield from _fitting(acronym, (words[start:end] for end in ends))


def _fitting(acronym: str, candidates: Iterator[Sequence[str]]) -> Iterator[Form]:
    """The first of the candidates whose initials are the acronym's letters; small words may have none."""
    for words in candidates:
        full = "".join(word[0] for word in words).upper()
        content = "".join(word[0] for word in words if word.lower() not in _SMALL).upper()
        empty = [word.lower() in STOPWORDS for word in words if word.lower() not in _SMALL or full == acronym]
        if acronym in (full, content) and words[0].lower() not in STOPWORDS and sum(empty) <= 1:
            yield Form(acronym, " ".join(words))
            return
