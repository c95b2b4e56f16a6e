"""Resolve a follow-up question with the history, before it is searched.

    Who founded Sky Television?      And when was it founded?  ->  when was Sky Television founded?
    What is the capital of France?   What about Germany?       ->  What is the capital of Germany?
    How do I change the port?        Why?                      ->  change port: Why?

A search has no memory: it would look for "founded". By rules alone, so that the same conversation always
searches the same. A question that stands on its own is left as it is.
"""

import re
from collections.abc import Sequence

from api.services.chat.turn import Message
from api.services.text.terms import STOPWORDS, terms

_LINK = re.compile(
    r"^(?:(?:and|but|so|then|also|ok|okay|well|what about|how about|und|aber|et|mais|y|pero|e)\b[\s,]*)+",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"(?P<possessive>\b(?:its|their|his)\b|\bher\b(?=\s+\w))|\b(?:they|them|he|she|him|her|it)\b"
    r"(?!\s+(?:possible|necessary|safe|ok|okay|hard|easy|difficult|better|best|worth|true)\b)",  # means nobody
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:is|are|was|were|do|does|did|can|of|about|for|with|in|to|by|from)\s+(?:this|that|these|those)\b"
    r"|\bthere\W*$",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"(?:what|who)(?:'s|\s+(?:is|are|was|were))\s", re.IGNORECASE)
_CAPITALISED = r"[^\W\d_a-z][\w'’-]*"
_NAME = re.compile(rf"\d[\w.,-]*\w|\b{_CAPITALISED}(?:\s+(?:(?:of|the|and|de|von|van)\s+)*{_CAPITALISED}|\s+\d+)*")
_WORD = re.compile(r"[\w'’-]+")

ELLIPTIC_TERMS = 2
"""An ellipsis ("And in Docker?") has no more content words than this beside its link."""

TOPIC_NAMES = 2
QUESTIONS_READ = 4


def standalone(question: str, history: Sequence[Message]) -> str:
    """`question`, completed with what the conversation is about if it does not stand on its own.

    Earlier questions are resolved first, so that a chain of follow-ups keeps its subject. The history's
    answers are not read: what a model said need not stand in the documents.
    """
    asked = [message.content for message in history if message.role == "user" and message.content.strip()]
    resolved = ""
    for text in [*asked[-QUESTIONS_READ:], question]:
        resolved = _resolved(text, resolved)
    return resolved


def _resolved(question: str, before: str) -> str:
    linked = _LINK.match(question)
    bare = question[linked.end() :] if linked else question
    size, names = len(terms(bare)), _names(bare, opening=not linked)
    named = any(not name[0].isdigit() for name in names)
    if not before or not bare.strip():
        return question
    if linked and names and size <= ELLIPTIC_TERMS:
        return _replaced(before, bare)
    pronoun = _PRONOUN.search(bare)
    if pronoun and not named:
        return _substituted(bare, pronoun, _topic(before, bare))
    short = size <= ELLIPTIC_TERMS if linked else size <= 1 and _asks_shortly(bare)
    if named or not (short or _POINTING.search(bare)):
        return question
    return f"{_topic(before, bare)}: {bare}".removeprefix(": ")


def _asks_shortly(question: str) -> bool:
    """`Why?` and `Who won?`, but not `What is Docker?`, which is a whole question, nor `Thanks`, which is
    none.
    """
    return question.rstrip().endswith("?") and not (_DEFINITION.match(question) and terms(question))


def _replaced(before: str, ellipsis: str) -> str:
    """The question before, asked of something else: its last name makes way, or else the ellipsis is
    added.
    """
    names = _names(before)
    addition = ellipsis.strip().rstrip("?").rstrip()
    if not names:
        return f"{before.rstrip().rstrip('?')} {addition}?"
    head, _, tail = before.rpartition(names[-1])
    link, _, rest = addition.partition(" ")  # in 1995 + in 1996 -> in 1996
    return head + (rest if rest and head.rstrip().endswith(f" {link}") else addition) + tail


def _substituted(question: str, pronoun: re.Match[str], topic: str) -> str:
    if not topic:
        return question
    ending = "'s" if pronoun["possessive"] else ""
    return question[: pronoun.start()] + topic + ending + question[pronoun.end() :]


def _topic(before: str, question: str) -> str:
    """The names of the question before, or its content words; not what the new question says itself."""
    said = set(terms(question))
    names = [name for name in _names(before) if not said.issuperset(terms(name))]
    if names:
        return " ".join(names[:TOPIC_NAMES])
    return " ".join(word for word in _WORD.findall(before) if not said.issuperset(terms(word)))


def _names(text: str, opening: bool = True) -> list[str]:
    """Names and numbers in order, each once. A lone capital that only opens the question is none."""
    first_word = _WORD.search(text) if opening else None
    found: dict[str, None] = {}
    for match in _NAME.finditer(text):
        name = match.group()
        if first_word and match.start() == first_word.start() and not name[0].isdigit():
            first, _, rest = name.partition(" ")
            name = rest if not rest or first.casefold() in STOPWORDS else name
        if terms(name):
            found[name] = None
    return list(found)
