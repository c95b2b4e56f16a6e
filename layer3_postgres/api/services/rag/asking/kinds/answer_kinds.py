"""The kind of answer that a question asks for, such as a price, a length or a year, and whether a text has one.

    "How heavy is the pump?"   a weight: "61 kg", but not "45 cubic metres" and not "in 1946"

The kinds of a language are a table of their own. A question in another language, or one that asks for none of these
kinds, is not judged.
"""

import re
from collections.abc import Mapping, Sequence

from api.services.rag.asking.kinds import english, german, spanish
from api.services.rag.asking.kinds.kind import AnswerKind
from api.services.text.terms import terms

KINDS: Mapping[str, Sequence[AnswerKind]] = {
    "en": english.KINDS,
    "de": german.KINDS,
    "es": spanish.KINDS,
}
"""By language: the first that a question asks for counts."""

COUNTS = ("count", "amount")
_COUNTED = re.compile(
    r"\bhow (?:many|much) ((?:[\w'-]+ ){0,2}?[\w'-]+)"
    r"(?= (?:is|are|was|were|do|does|did|has|have|had|can|could|may|will|would|must)\b)",
    re.IGNORECASE,
)
_VERB = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|may|will|would|must|should)\b"
_ASKED_FOR = re.compile(
    rf"\b(?:what|which|whose) (?!{_VERB})((?:[\w'’-]+ ){{1,3}}?(?={_VERB})|(?:famous |other |main )?[\w'’-]+)",
    re.IGNORECASE,
)
_NAMING = frozenset(
    terms(
        "name named call called term word type kind sort example thing way group place people person famous much many"
    )
)
"""What is asked for, when it has no better word."""


def kind_asked(question: str, language: str = "en") -> AnswerKind | None:
    """The kind of answer that a question in this language asks for, if it is one of `KINDS`."""
    return next((kind for kind in KINDS.get(language, ()) if kind.asked.search(question)), None)


def kind_is_missing(
    question: str, text: str, asked_in: str = "en", told_in: str = "en", *, listed: bool = False
) -> bool:
    """Whether the text, in the language `told_in`, lacks the kind of answer that is asked for.

    False if no kind is known to be asked for, or `told_in` has no table for it. `listed`: the text is a list, whose
    items can be counted.
    """
    kind = kind_asked(question, asked_in)
    if kind is None or (listed and kind.name in COUNTS):
        return False
    same = kind if asked_in == told_in else next((one for one in KINDS.get(told_in, ()) if one.name == kind.name), None)
    return same is not None and not same.is_in(text, set(terms(question)))


def counted(question: str) -> str | None:
    """The term of what a question asks to count: "gate" in "How many gates does it have?"."""
    found = _COUNTED.search(question)
    return next(reversed(terms(found[1])), None) if found else None


def unsaid(question: str) -> set[str]:
    """The terms of the words that name what is asked for: "which actress", "the scale … called"."""
    found = _ASKED_FOR.search(question)
    return {*_NAMING, *terms(found[1])} if found else set(_NAMING)
