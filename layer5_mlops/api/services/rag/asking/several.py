"""The questions of a message that asks several: each is searched for and answered on its own.

Who supplied the autoclave? And how often does it need a service?
-> "Who supplied the autoclave?", "how often does supplied autoclave need a service?"

What does plan M pay for dental treatment, and what is the deductible?
-> "What does plan M pay for dental treatment", "what is the deductible?"
"""

import re
from itertools import pairwise

from api.services.chat.turn import Message
from api.services.rag.asking.followup import new_subject, standalone
from api.services.text.sentences import sentences
from api.services.text.terms import terms

MOST = 3
"""Questions of a message that are answered one by one; a message with more is searched for as a whole."""
LEAST_TERMS = 2
"""Content words of a question that is one of several; "what is the deductible?" needs one."""

_ASKS = r"(?:who|whom|whose|what|which|when|where|why|how|wer|wen|was|welche\w*|wann|wo|warum|wie)\b(?! (?:be|not)\b)"
_NEXT = re.compile(rf"\s*[,;]?\s+(?:and(?: also)?|und)\s+(?={_ASKS})", re.IGNORECASE)
_DEFINITION = re.compile(r"(?:and\s+)?(?:what|who|was|wer)\s+(?:is|are|was|were|ist|sind)\s", re.IGNORECASE)
_OPENS = re.compile(rf"\W*(?:(?:and|und|also)\s+)?{_ASKS}", re.IGNORECASE)


def several(message: str) -> list[str]:
    """The questions of the message, each so that it stands alone; the message itself if it asks one, or too many."""
    asked = [part.text for part in sentences(message) if part.text.rstrip().endswith(("?", "？"))]
    parts = [part for question in asked for part in _parts(question)]
    if not 2 <= len(parts) <= MOST:
        return [message]
    alone = [parts[0], *(_completed(part, before) for before, part in pairwise(parts))]
    return alone if all(map(_is_whole, alone)) else [message]


def _parts(question: str) -> list[str]:
    """The halves of "when …, and who …?", if each asks something; "how and why …?" is one question."""
    parts = _NEXT.split(question)
    whole = len(parts) > 1 and _OPENS.match(parts[0]) and all(map(_is_whole, parts))
    return parts if whole else [question]


def _is_whole(question: str) -> bool:
    return len(set(terms(question))) >= (1 if _DEFINITION.match(question) else LEAST_TERMS)


def _completed(question: str, before: str) -> str:
    return new_subject(question) or standalone(question, [Message("user", before)])
