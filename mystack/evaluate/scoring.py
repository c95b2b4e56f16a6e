"""What the answers of an evaluation are worth. Every score is a share between 0 and 1."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import mean

from mystack.evaluate.library import Mode, Passage, Reply
from mystack.evaluate.questions import Question

MARKER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True)
class Outcome:
    """What came of one question.

    `hits` and `reply` were given with all documents there; `present` with the one that answers it and not all
    others, `absent` without the one that answers it. None: this was not tried, or cannot be.
    """

    question: Question
    hits: Mapping[Mode, Sequence[Passage]]
    reply: Reply
    present: Reply | None = None
    absent: Reply | None = None

    @property
    def passages(self) -> Iterable[Passage]:
        """Every hit and every quote."""
        replies = [reply for reply in (self.reply, self.present, self.absent) if reply]
        return chain(*self.hits.values(), *(reply.cited.values() for reply in replies))


def recall(outcomes: Sequence[Outcome], mode: Mode, depth: int) -> float:
    """Of the questions, how many have the answer in one of the first `depth` hits."""
    return _share(any(holds(hit, it.question) for hit in it.hits[mode][:depth]) for it in outcomes)


def reciprocal_rank(outcomes: Sequence[Outcome], mode: Mode) -> float:
    """The mean of 1 / rank of the first hit that holds the answer; 0 where none does."""
    ranks = ((rank for rank, hit in enumerate(it.hits[mode], start=1) if holds(hit, it.question)) for it in outcomes)
    return mean(1 / next(found, float("inf")) for found in ranks)


def quoted(outcomes: Sequence[Outcome]) -> float:
    """Of the questions, how many are answered with a quote that holds the answer."""
    return _share(any(holds(quote, it.question) for quote in it.reply.cited.values()) for it in outcomes)


def quoted_first(outcomes: Sequence[Outcome]) -> float:
    """The same for the first quote alone."""
    return _share(any(holds(quote, it.question) for quote in _first(it.reply)) for it in outcomes)


def attributed(outcomes: Sequence[Outcome]) -> float:
    """Of the answers, how many cite the document that holds the answer."""
    answers = [it for it in outcomes if it.reply.refusal is None]
    return _share(any(quote.document == it.question.document for quote in it.reply.cited.values()) for it in answers)


def answered(outcomes: Sequence[Outcome]) -> float:
    """Of the questions that the documents answer, how many are not refused."""
    return _share(it.present.refusal is None for it in outcomes if it.present)


def refused(outcomes: Sequence[Outcome]) -> float:
    """Of the questions that the documents do not answer, how many are refused."""
    return _share(it.absent.refusal is not None for it in outcomes if it.absent)


def exact(outcomes: Sequence[Outcome], texts: Mapping[str, str]) -> float:
    """Of all hits and quotes, how many equal their document's stored text at their offsets."""
    passages = chain.from_iterable(it.passages for it in outcomes)
    return _share(texts[found.document][found.start : found.end] == found.text for found in passages)


def resolved(outcomes: Sequence[Outcome]) -> float:
    """Of the markers in the answers' texts, how many have a source."""
    return _share(int(number) in it.reply.cited for it in outcomes for number in _markers(it.reply))


def quote_length(outcomes: Sequence[Outcome]) -> float:
    """Characters of the first quote, on average: a score is worth less if the quotes are long."""
    return mean([len(quote.text) for it in outcomes for quote in _first(it.reply)] or [0])


def holds(passage: Passage, question: Question) -> bool:
    """From the right document, with one of the phrases in it (as written, but for white space)."""
    text = _spaced(passage.text)
    return passage.document == question.document and any(_spaced(phrase) in text for phrase in question.phrases)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _first(reply: Reply) -> Sequence[Passage]:
    return [reply.cited[marker] for marker in sorted(reply.cited)[:1]]


def _markers(reply: Reply) -> Iterable[str]:
    """The markers outside the quotes: a document may have brackets of its own."""
    return MARKER.findall(re.sub("“.*?” (?=\\[)", "", reply.response, flags=re.DOTALL))


def _share(cases: Iterable[bool]) -> float:
    """How many are true; 1 where there is no case, for then nothing went wrong."""
    return mean([float(case) for case in cases] or [1.0])
