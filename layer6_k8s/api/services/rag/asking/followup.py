"""Resolve a follow-up question with the history, before it is searched.

    Who founded Sky Television?      And when was it founded?  ->  when was Sky Television founded?
    What is the capital of France?   What about Germany?       ->  What is the capital of Germany?
    How do I change the port?        Why?                      ->  change port: Why?
    What are the working hours?      What about visitors?      ->  working hours: visitors?   or   visitors?

A search knows nothing of the conversation: it would search for "founded". Rules alone decide, so the same
conversation always leads to the same search. A question that stands on its own is left unchanged. "What about
visitors?" may go on with the subject or leave it: the documents tell (see `new_subject`).
"""

import re
from collections.abc import Sequence

from api.services.chat.turn import Message
from api.services.text.languages import FUNCTION_WORDS, language_of
from api.services.text.terms import STOPWORDS, terms

_LINK = re.compile(
    r"^[^\w\s]?(?:(?:and|but|so|then|also|ok|okay|well|what about|how about|und|aber|was ist mit|wie steht es mit|et"
    r"|mais|qu'en est-il|y|pero|qué hay|qué tal|qué pasa con|e|ma|mas|en|maar|hoe zit het met|och|og|ale|și|dar"
    r"|peki|ya|и|а|но)\b[\s,]*)+(?=\S)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"(?:the|an?|our|my|your|der|die|das|den|le|la|les|el|los|las|il|lo|i|gli|os?|as|de|het)\s+", re.IGNORECASE
)
_PRONOUN = re.compile(
    r"(?P<possessive>\b(?:its|their|his)\b|\bher\b(?=\s+\w))|\b(?:they|them|he|she|him|her|it)\b"
    r"(?!\s+(?:possible|necessary|safe|ok|okay|hard|easy|difficult|better|best|worth|true)\b)",  # "is it possible"
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:is|are|was|were|do|does|did|can|of|about|for|with|in|to|by|from)\s+(?:this|that|these|those)\b"
    r"|\bthere\W*$|\bthe (?:thing|one|same)s?\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"(?:what|who)(?:'s|\s+(?:is|are|was|were))\s", re.IGNORECASE)
_CAPITALS = "".join(filter(str.isupper, map(chr, range(0x41, 0x590))))  # Latin, Greek, Cyrillic, Armenian
_CAPITALISED = rf"[{_CAPITALS}][\w'’-]*(?:\+\+|#)?"
_NAME = re.compile(
    rf"\b(?:[a-z]{{1,8}}-?)?\d[\w.,-]*\w|\b{_CAPITALISED}(?:\s+(?:(?:of|the|and|de|von|van)\s+)*{_CAPITALISED}|\s+\d+)*"
)
_WORD = re.compile(r"[\w'’-]+")
_CODE = re.compile(r"(?=\S*\d)(?=\S*[^\W\d_])[^\W_]+(?:[-/.][^\W_]+)+")
_QUESTION_WORD = re.compile(r"(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE)

ELLIPTIC_TERMS = 2
"""Most content words of an ellipsis ("And in Docker?"), its link not counted."""
TOPIC_NAMES = 2
"""Most names of the previous question that make up its topic."""
QUESTIONS_READ = 4
"""Earlier questions that are read."""
EARLIER_CHARS = 2_000
"""Characters of an earlier question that are read; its subject stands at its beginning."""
MAX_CHARS = 8_000
"""Longest question that is searched, in characters: as much as `/search` takes."""


def standalone(question: str, history: Sequence[Message]) -> str:
    """`question`, completed with the subject of the conversation if it does not stand on its own.

    At most `MAX_CHARS` characters. Earlier questions are resolved first, so that a chain of follow-ups keeps its
    subject. Answers are not read: what a model wrote need not be in the documents.

    It can take a tenth of a second: call it in a thread.
    """
    earlier = [message.content.lstrip()[:EARLIER_CHARS] for message in history if message.role == "user"]
    resolved = ""
    for text in [text for text in earlier if text][-QUESTIONS_READ:]:
        resolved = ((resolved and new_subject(text)) or _resolved(text, resolved))[:EARLIER_CHARS]
    return _resolved(question[:MAX_CHARS], resolved)[:MAX_CHARS]


def new_subject(question: str) -> str:
    """`visitors?` for "What about visitors?", a follow-up that may leave the subject of the conversation; else "".

    "And who runs the canteen?" may leave it as well: but for its link it stands on its own. "And for visitors?" goes
    on with it, and so does "And Germany?", which exchanges a name.
    """
    linked = _LINK.match(question)
    bare = question[linked.end() :] if linked else ""
    if stands_alone(bare):
        return bare
    article = _ARTICLE.match(bare)
    first = _WORD.search(bare, article.end() if article else 0)
    opens = first is not None and first.group().casefold() not in STOPWORDS | FUNCTION_WORDS
    return bare if opens and 0 < _size(bare) <= ELLIPTIC_TERMS and not _names(bare, opening=False) else ""


def _resolved(question: str, before: str) -> str:
    """`question`, completed from the question `before` it, which is resolved already."""
    linked = _LINK.match(question)
    bare = question[linked.end() :] if linked else question
    size, names = _size(bare), _names(bare, opening=not linked)
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


def stands_alone(question: str) -> bool:
    """Whether it has a question word, two content words, and nothing that stands for something said before.

    With one it does not stand alone ("who won?"); with three it is never taken for an ellipsis.
    """
    whole = _QUESTION_WORD.match(question) and not (_PRONOUN.search(question) or _POINTING.search(question))
    return bool(whole) and _size(question) == ELLIPTIC_TERMS


def _size(text: str) -> int:
    """Its content words; function words of other languages count among them in an English text only.

    A part number is one word, although it is searched for in several forms.
    """
    text = _CODE.sub("x1", text)
    words = _WORD.findall(text) if language_of(text) != "en" else ()
    return len(terms(" ".join(word for word in words if word.casefold() not in FUNCTION_WORDS) if words else text))


def _asks_shortly(question: str) -> bool:
    """True for `Why?` and `Who won?`; not for `What is Docker?` (complete) or `Thanks` (no question)."""
    return question.rstrip().endswith("?") and not (_DEFINITION.match(question) and terms(question))


def _replaced(before: str, ellipsis: str) -> str:
    """The question before with its last name replaced by the ellipsis, which is appended if there is no name."""
    names = _names(before)
    addition = ellipsis.strip().rstrip("?").rstrip()
    if not names:
        return f"{before.rstrip().rstrip('?')} {addition}?"
    head, _, tail = before.rpartition(names[-1])
    noun = _WORD.findall(head)[-1:]
    if noun and (repeated := re.search(rf"\b{re.escape(noun[0])}\s+(?=\S)", addition)):
        addition = addition[repeated.end() :]  # plan M + in plan L -> plan L
    link, _, rest = addition.partition(" ")  # in 1995 + in 1996 -> in 1996
    return head + (rest if rest and head.rstrip().endswith(f" {link}") else addition) + tail


def _substituted(question: str, pronoun: re.Match[str], topic: str) -> str:
    if not topic:
        return question
    ending = "'s" if pronoun["possessive"] else ""
    return question[: pronoun.start()] + topic + ending + question[pronoun.end() :]


def _topic(before: str, question: str) -> str:
    """The names of the question before, or its content words, without those that the new question repeats."""
    said = set(terms(question))
    names = [name for name in _names(before) if not said.issuperset(terms(name))]
    if names:
        return " ".join(_with_noun(name, before) for name in names[:TOPIC_NAMES])
    return " ".join(word for word in _WORD.findall(before) if not said.issuperset(terms(word)))


def _with_noun(name: str, text: str) -> str:
    """`pump P05` for P05 in a text that calls it so: a number or an identifier says little without its noun."""
    if not any(map(str.isdigit, name)) or (name[0].isupper() and " " in name):
        return name
    noun = re.search(rf"([^\W\d_]+)\s+{re.escape(name)}", text)
    return f"{noun[1]} {name}" if noun and terms(noun[1]) else name


def _names(text: str, opening: bool = True) -> list[str]:
    """Names and numbers in order, each once. The capital that opens a question does not make a name."""
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
