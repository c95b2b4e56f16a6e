"""What a long message asks: its questions without the talk around them.

    "My manager asked me to find out, for a talk on Friday, when lunch is served. Many thanks!"
    -> "when lunch is served"

A message of several sentences shares few words with the passage that answers it, and would be refused for the others.
"""

import re

from api.services.text.sentences import sentences
from api.services.text.terms import terms

LONG_WORDS = 20
"""Words from which on a message is looked at."""
LEAST_TERMS = 2
"""Content words of a question that stands on its own."""

_POLITE = re.compile(
    r"\W*(?:(?:can|could|would|will) (?:you|someone|anyone|anybody)(?: please| kindly)?(?: be so kind| help| assist)?"
    r"(?: me| us)?(?: (?:out|with (?:this|that|something)|please))*\W*$|any (?:ideas?|help|pointers?)\b|thanks?\b)",
    re.IGNORECASE,
)
_INDIRECT = re.compile(
    r"\b(?:find out|finding out|know|knows|tell|told|ask|asked|asking|wonder|wondering|wondered|explain|say|see|check"
    r"|clarify|understand|figure out|look up|unsure|not sure|idea|curious|remember|question is)\b.*?"
    r"\b(?P<asked>(?:when|where|who|whom|whose|which|what|how|why|whether|if)\b[^.?!]*)",
    re.IGNORECASE | re.DOTALL,
)


_ORDER = re.compile(
    r"\s*(?:please\s+|kindly\s+)?(?:list|name|enumerate|show|give|tell)\s+(?:me\s+)?(?:the\s+)?(?=\w+\s+\w)",
    re.IGNORECASE,
)


def focus(message: str) -> str:
    """The questions in a long message; the message itself if it is short, or if none of its questions stands alone.

    "List all steps of …" asks for the steps: the words of the order are not looked for.
    """
    if len(message.split()) < LONG_WORDS:
        order = _ORDER.match(message)
        return message[order.end() :] if order and not message.rstrip().endswith("?") else message
    parts = [part.text for part in sentences(message)]
    if len(parts) < 2:
        return message
    asked = [question for part in parts if (question := _question(part)) and len(set(terms(question))) >= LEAST_TERMS]
    return " ".join(asked) or message


def _question(sentence: str) -> str:
    """What a sentence asks, directly or not; "" if it asks nothing."""
    if sentence.rstrip().endswith(("?", "？")):
        return "" if _POLITE.match(sentence) else sentence
    indirect = _INDIRECT.search(sentence)
    return indirect["asked"].strip(" ,;") if indirect else ""
