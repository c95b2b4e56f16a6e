"""A kind of answer: the questions for it, and what gives it in a text."""

import re
from collections.abc import Set
from dataclasses import dataclass, replace

from api.services.text.terms import terms


@dataclass(frozen=True)
class AnswerKind:
    """`asked` matches questions for it, `given` what answers them, `measured` the words of what was measured."""

    name: str
    asked: re.Pattern[str]
    given: re.Pattern[str]
    measured: re.Pattern[str] | None = None

    def is_in(self, text: str, question_terms: Set[str]) -> bool:
        """Whether the text has an answer of this kind that the question does not say itself."""
        if self.measured and not self.measured.search(text):
            return False
        said = (set(terms(found.group())) for found in self.given.finditer(text))
        return any(not words or words - question_terms for words in said)


def kind(name: str, asked: str, given: str, flags: re.RegexFlag = re.IGNORECASE) -> AnswerKind:
    """`flags`: of `given`; `asked` has no case."""
    return AnswerKind(name, re.compile(asked, re.IGNORECASE), re.compile(given, flags))


def length(asked: str, measured: str, given: str) -> AnswerKind:
    """Of a building that is 30 m long, this does not say how tall it is."""
    return replace(kind("length", asked, given), measured=re.compile(rf"\b(?:{measured})", re.IGNORECASE))
