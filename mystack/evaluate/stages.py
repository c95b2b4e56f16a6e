"""Uploading and asking in stages, each under a progress bar."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from rich.progress import Progress

from mystack.evaluate.library import Library, Mode
from mystack.evaluate.questions import Document, Question, QuestionSet
from mystack.evaluate.scoring import Outcome
from mystack.pool import at_once

T = TypeVar("T")
R = TypeVar("R")

MODES: tuple[Mode, ...] = ("hybrid", "dense", "sparse")
AT_ONCE = 2


class Stages:
    """One evaluation: its library, and the bars that show how far it is."""

    def __init__(self, library: Library, progress: Progress) -> None:
        self._library = library
        self._progress = progress

    def whole(self, asked: QuestionSet) -> list[Outcome]:
        """With all documents there, every question is searched for in each mode, and asked."""
        self._upload("Upload", asked.documents)
        outcomes = self._each("Search and ask", asked.questions, self._outcome)
        return [
            replace(it, present=it.reply) if it.question.document else replace(it, absent=it.reply) for it in outcomes
        ]

    def halves(self, asked: QuestionSet) -> list[Outcome]:
        """The same, and every question is also asked with one half of the documents there, and with the other.

        Every second document makes a half, so that each half has documents of every part of the file.
        """
        one, other = asked.documents[0::2], asked.documents[1::2]
        self._upload("Upload one half", one)
        with_one = self._each("Ask that half", asked.questions, lambda it: self._library.chat(it.text))
        self._upload("Upload the other half", other)
        outcomes = self._each("Search and ask both", asked.questions, self._outcome)
        names = {document.name for document in one}
        self._library.remove(names)
        with_other = self._each("Ask the other half", asked.questions, lambda it: self._library.chat(it.text))
        return [
            replace(it, present=a, absent=b) if it.question.document in names else replace(it, present=b, absent=a)
            for it, a, b in zip(outcomes, with_one, with_other, strict=True)
        ]

    def _upload(self, title: str, documents: Sequence[Document]) -> None:
        self._each(title, documents, self._library.upload)
        for document in documents:
            self._library.read_back(document)

    def _outcome(self, question: Question) -> Outcome:
        hits = {mode: self._library.search(question.text, mode) for mode in MODES}
        return Outcome(question, hits, self._library.chat(question.text))

    def _each(self, title: str, items: Sequence[T], do: Callable[[T], R]) -> list[R]:
        return list(self._progress.track(at_once(AT_ONCE, do, items), len(items), description=title))
