"""The stages of an evaluation, each with a progress bar."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from rich.progress import Progress

from mystack.evaluate.library import Library, Mode, Reply
from mystack.evaluate.questions import Document, Question, QuestionSet
from mystack.evaluate.scoring import Outcome
from mystack.pool import map_threads

T = TypeVar("T")
R = TypeVar("R")

MODES: tuple[Mode, ...] = ("hybrid", "dense", "sparse")
CONCURRENCY = 2


class Stages:
    """One evaluation on a library, with its progress bars."""

    def __init__(self, library: Library, progress: Progress) -> None:
        self._library = library
        self._progress = progress

    def whole(self, question_set: QuestionSet) -> list[Outcome]:
        """With all documents stored, search for every question in each mode, and ask it."""
        self._upload("Upload", question_set.documents)
        outcomes = self._each("Search and ask", question_set.questions, self._outcome)
        return [
            replace(one, present=one.reply) if one.question.document else replace(one, absent=one.reply)
            for one in outcomes
        ]

    def halves(self, question_set: QuestionSet) -> list[Outcome]:
        """The same, and every question is also asked with each half of the documents alone.

        A half consists of every second document, so that both halves come from all parts of the file.
        """
        first, second = question_set.documents[0::2], question_set.documents[1::2]
        self._upload("Upload the first half", first)
        with_first = self._each("Ask the first half", question_set.questions, self._reply)
        self._upload("Upload the second half", second)
        outcomes = self._each("Search and ask all", question_set.questions, self._outcome)
        names = {document.name for document in first}
        self._library.remove(names)
        with_second = self._each("Ask the second half", question_set.questions, self._reply)
        return [
            replace(one, present=a, absent=b) if one.question.document in names else replace(one, present=b, absent=a)
            for one, a, b in zip(outcomes, with_first, with_second, strict=True)
        ]

    def _upload(self, title: str, documents: Sequence[Document]) -> None:
        self._each(title, documents, self._library.upload)
        for document in documents:
            self._library.read_back(document)

    def _outcome(self, question: Question) -> Outcome:
        hits = {mode: self._library.search(question.text, mode) for mode in MODES}
        return Outcome(question, hits, self._reply(question))

    def _reply(self, question: Question) -> Reply:
        return self._library.chat(question.text)

    def _each(self, title: str, items: Sequence[T], do: Callable[[T], R]) -> list[R]:
        return list(self._progress.track(map_threads(CONCURRENCY, do, items), len(items), description=title))
