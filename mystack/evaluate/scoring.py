"""Scores of an evaluation's answers, each between 0 and 1."""

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
    """The results of one question.

    `hits` and `reply` are with all documents stored; `present` is the reply with only a part of them, including the
    document that answers the question, and `absent` without that document. None: not measured, or not possible.
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
    """The share of questions with the answer in one of the first `depth` hits."""
    return _share(any(holds(hit, one.question) for hit in one.hits[mode][:depth]) for one in outcomes)


def reciprocal_rank(outcomes: Sequence[Outcome], mode: Mode) -> float:
    """The mean of 1 / rank of the first hit with the answer; 0 for a question without one."""
    ranks = ((rank for rank, hit in enumerate(one.hits[mode], start=1) if holds(hit, one.question)) for one in outcomes)
    return mean(1 / next(found, float("inf")) for found in ranks)


def quoted(outcomes: Sequence[Outcome]) -> float:
    """The share of questions answered with a quote that holds the answer."""
    return _share(any(holds(quote, one.question) for quote in one.reply.cited.values()) for one in outcomes)


def quoted_first(outcomes: Sequence[Outcome]) -> float:
    """The share of questions whose first quote holds the answer."""
    return _share(any(holds(quote, one.question) for quote in _first(one.reply)) for one in outcomes)


def attributed(outcomes: Sequence[Outcome]) -> float:
    """The share of answers that cite the document with the answer."""
    answers = [one for one in outcomes if one.reply.refusal is None]
    return _share(any(quote.document == one.question.document for quote in one.reply.cited.values()) for one in answers)


def answered(outcomes: Sequence[Outcome]) -> float:
    """The share of answerable questions that are not refused."""
    return _share(one.present.refusal is None for one in outcomes if one.present)


def refused(outcomes: Sequence[Outcome]) -> float:
    """The share of unanswerable questions that are refused."""
    return _share(one.absent.refusal is not None for one in outcomes if one.absent)


def exact(outcomes: Sequence[Outcome], texts: Mapping[str, str]) -> float:
    """The share of hits and quotes that equal the stored text at their offsets."""
    passages = chain.from_iterable(one.passages for one in outcomes)
    return _share(texts[found.document][found.start : found.end] == found.text for found in passages)


def resolved(outcomes: Sequence[Outcome]) -> float:
    """The share of markers in the answers that have a source."""
    return _share(int(number) in one.reply.cited for one in outcomes for number in _markers(one.reply))


def quote_length(outcomes: Sequence[Outcome]) -> float:
    """Mean length of the first quote in characters: long quotes devalue the scores."""
    return mean([len(quote.text) for one in outcomes for quote in _first(one.reply)] or [0])


def holds(passage: Passage, question: Question) -> bool:
    """Whether the passage is from the right document and contains one of the phrases, ignoring white space."""
    text = _spaced(passage.text)
    return passage.document == question.document and any(_spaced(phrase) in text for phrase in question.phrases)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _first(reply: Reply) -> Sequence[Passage]:
    return [reply.cited[marker] for marker in sorted(reply.cited)[:1]]


def _markers(reply: Reply) -> Iterable[str]:
    """The markers outside of quotes: a quoted document may contain brackets."""
    return MARKER.findall(re.sub("“.*?” (?=\\[)", "", reply.response, flags=re.DOTALL))


def _share(cases: Iterable[bool]) -> float:
    """The share of true cases; 1 without cases."""
    return mean([float(case) for case in cases] or [1.0])
