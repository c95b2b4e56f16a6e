"""What a message asks for, which decides what it is answered from.

    conversation   talk about what was said, or small talk: "Thanks!", "Shorter, please.", "Translate your answer."
    text           a task on a text in the message itself: "Summarise this text: …"
    library        which documents there are: "Which documents do you have?", "Which documents mention Oslo?"
    document       what a document, or the library, is about: "Summarise X.", "What is in report.pdf?"
    question       anything else: it is searched for

Only the kinds that a search cannot serve are recognised, by their words, most of them English. A message that is not
recognised is searched for, and a model then gets what was found.
"""

import re
from typing import Literal

from api.services.chat.turn import Turn

Intent = Literal["conversation", "text", "library", "document", "question"]

GIVEN_TEXT = 200
"""Characters behind a colon or a line break from which on a message brings a text of its own."""

_FILES = r"(?:documents?|files?|pdfs?|uploads?|texts?|reports?|guides?|papers?)"
_WORKS = (
    r"(?:handbook|manual|policy|checklist|contract|agreement|minutes|memo|letter|notes|specification|data ?sheet|plan"
    r"|brochure|form|invoice|protocol|article|book|presentation|slides|spreadsheet|transcript|leaflet|statute|bylaws)s?"
)
"""Kinds of documents that people name theirs by."""
_ANSWER = r"(?:it|that|this|them|what you (?:just )?said|(?:your|the) (?:last |previous )?(?:answers?|reply|response))"
_POLITE = r"(?:(?:please|now|okay|ok|and|so|then|can|could|would|you|kindly|tell me)[ ,]+)*"
_POINTS = r"(?:key|main|bullet) (?:points?|takeaways?|facts?|ideas?|topics?)"
_SUMMARY = rf"(?:summary|summaries|overview|outline|gist|abstract|{_POINTS})"
_LANGUAGE = (
    r"(?:english|german|french|spanish|italian|portuguese|dutch|turkish|russian|chinese|deutsch|français|español)"
)
_ENDING = r"[^.?!]{0,60}"


def _whole(*forms: str) -> re.Pattern[str]:
    """A message that has one of the forms from its beginning to its end."""
    return re.compile(rf"\W*(?:{'|'.join(forms)})(?:,? please)?\s*[.!?]*\s*", re.IGNORECASE)


def _opening(*forms: str) -> re.Pattern[str]:
    """A message that begins with one of the forms."""
    return re.compile(rf"\W*{_POLITE}(?:{'|'.join(forms)})\b", re.IGNORECASE)


_GREETING = (
    r"(?:thanks?|thank you|cheers|hello|hi|hey|good (?:morning|afternoon|evening|night)|bye|goodbye|okay|ok|great|nice"
    r"|perfect|cool|got it|i see|well done|yes|no|danke|hallo|merci|bonjour|salut|gracias|hola|grazie|ciao|obrigad[oa])"
)
_ADDED = (
    r"(?:so much|a lot|very much|there|again|that (?:helps|was helpful)(?: a lot)?|for (?:your|the) (?:help|answer)"
    r"|everyone|all|schön|beaucoup)"
)
_SMALL_TALK = _whole(
    rf"{_GREETING}(?:[\s,.!;:-]+(?:{_GREETING}|{_ADDED}))*",
    r"(?:who|what|how) are you(?: today)?",
    r"what (?:can|do) you (?:do|know)",
    r"how (?:can|do) (?:you|i) (?:help(?: me)?|use (?:you|this))",
    r"(?:can you )?help(?: me)?",
)
_ABOUT_THE_ANSWER = _whole(
    rf"{_POLITE}(?:make|keep) {_ANSWER} (?:\w+ )*?(?:shorter|longer|simpler|clearer|briefer|brief|concise|formal)",
    rf"{_POLITE}(?:shorten|simplify|rephrase|reword|repeat|summari[sz]e|translate|expand|rewrite|continue|format)"
    rf"(?: {_ANSWER})?(?: (?:again|in|into|to|as|with|more|for)\b{_ENDING})?",
    rf"{_POLITE}(?:say|give me|show me) {_ANSWER} (?:again|as|in)\b{_ENDING}",
    r"(?:shorter|longer|simpler|in short|more briefly|go on|continue|again|more|elaborate)",
    r"(?:can you )?tell me more(?: about (?:it|that|this))?",
    rf"(?:and |now )?(?:in|auf|en) {_LANGUAGE}",
    rf"what (?:did|have) (?:you|we|i) (?:just )?(?:said?|say|discuss(?:ed)?|ask(?:ed)?|talk(?:ed)?)\b{_ENDING}",
    r"(?:why|how) do you (?:say|know|think) (?:that|so|this)",
)
_HOLD = (
    r"(?:have(?! to\b)|got|know|hold|keep|see|access|read|search|use|find"
    r"|(?:store|upload|add|load|ingest|index)(?:e?d)?)"
)
_STORED = (
    rf"(?: (?:do|did|have|can) (?:you|i|we) (?:already |currently |now )?{_HOLD}\b{_ENDING}"
    rf"| are (?:there|here|available|stored|uploaded|indexed|in)\b{_ENDING}"
    rf"| (?:have|has) (?:been )?(?:uploaded|stored|indexed|added)\b{_ENDING}| (?:that )?(?:you|i|we) have)?"
)
_LIBRARY = _whole(
    rf"{_POLITE}(?:which|what|how many)(?: of)?(?: the| your| my)? (?:\w+ )?{_FILES}{_STORED}",
    rf"{_POLITE}(?:list|show(?: me)?|name)(?: all| the| your| my)* (?:\w+ )?{_FILES}{_STORED}",
    r"(?:what|which)(?:'s| is| are)(?: in)? (?:the|your) (?:library|collection|knowledge base)",
)
_TOPIC = (
    r"(?:(?:are|is|were|is there|are there|exist|that are|that) )?(?:about|on the (?:subject|topic) of|on|regarding"
    r"|concerning|related to|dealing with|talking about|mentioning|covering|discussing|describing|containing"
    r"|(?:mentions?|covers?|discuss(?:es)?|describes?|talks? about|deals? with|contains?|refers? to))"
    r" (?P<topic>[^?!]{2,100}?)"
)
_OUR = r"(?: of)?(?: the| your| my| our)?"
_ASKED = (
    rf"(?:(?:which|what){_OUR}|(?:list|show|find|give|name)(?: me)?(?: all| every)?{_OUR}"
    r"|(?:do you have|have you got|are there|is there|have we got|do we have)(?: an?| any)?)"
)
_OWNED = r"(?: do (?:you|we|i) have| have (?:you|we)(?: got)?| are (?:there|here|available|stored)| (?:you|we) have)?"
_DOCUMENTS_ABOUT = re.compile(
    rf"\W*{_POLITE}{_ASKED} (?:\w+ )?{_FILES}{_OWNED} {_TOPIC},?(?: please)?\s*[.!?]*\s*", re.IGNORECASE
)
_NO_TOPIC = ("here", "there", "file", "hand", "it", "them", "that", "this", "record", "store", "offer")
_ABOUT = r"(?: about| say| contain| cover| discuss| all about)?"
_OVERVIEW = _opening(
    r"summari[sz]e|outline|sum up|tl;?dr|résume[zr]?|resume|resuma|riassumi|fasse\b.*\bzusammen",
    rf"{_SUMMARY} (?:of|about|from)",
    r"(?:give|write|provide|show|make|create|prepare|i need|i want|list)(?: me| us)?(?: an?| the)?"
    rf" (?:\w+ ){{0,2}}{_SUMMARY}",
)
_OUR_ONE = r"(?:the|this|my|your|our)"
_WHAT_IS_IN = _whole(
    rf"what (?:is|are)(?: the)? {_SUMMARY} (?:of|in|from) [^?!]{{1,100}}",
    rf"what(?:'s| is| are| does| do)(?: in| inside)? (?:the|this|that|these|those|my|your) (?:\w+ )*?{_FILES}{_ABOUT}",
    rf"what(?:'s| is| are) (?:in|inside) {_OUR_ONE} [^?!.]{{0,60}}\b(?:{_WORKS}|{_FILES})\b[^?!.]{{0,20}}",
    rf"what(?:'s| is| does) {_OUR_ONE} [^?!.]{{0,60}}\b{_WORKS}\b[^?!.]{{0,20}}"
    r" (?:about|say|contain|cover|discuss|all about)",
    rf"what(?:'s| is| does)(?: in| inside)? (?:the )?(?:file |document )?[^?!]{{1,100}}\.\w{{2,5}}{_ABOUT}",
)
_TASK = _opening(
    r"summari[sz]e|translate|rewrite|rephrase|shorten|proofread|correct|improve|explain|classify|extract|analy[sz]e"
    r"|convert|fix|continue|complete|fasse|übersetze|traduis|résume|traduce|resume"
)
_FILE_NAME = re.compile(
    r"[^\s\"'“”(),;:]{1,100}\.(?:pdf|docx?|pptx?|xlsx?|csv|txt|md|html?|eml|epub|odt|rtf|json|xml)\b", re.IGNORECASE
)


def intent_of(turn: Turn) -> Intent:
    """What the message of a turn asks for."""
    message = " ".join(turn.message.split(" ")).strip()
    head, _, body = message.partition("\n") if "\n" in message else message.partition(":")
    if len(body.strip()) >= GIVEN_TEXT and _TASK.match(head):
        return "text"
    if len(message) > GIVEN_TEXT:
        return "question"
    if _SMALL_TALK.fullmatch(message) or (turn.history and _ABOUT_THE_ANSWER.fullmatch(message)):
        return "conversation"
    named = bool(file_names(message))
    if (_LIBRARY.fullmatch(message) or topic_of(message)) and not named:
        return "library"
    if _OVERVIEW.match(message) or _WHAT_IS_IN.fullmatch(message) or (named and _TASK.match(message)):
        return "document"
    return "question"


def topic_of(message: str) -> str:
    """The subject whose documents a message asks for: `pumps` of "Which documents are about pumps?"; else ""."""
    found = _DOCUMENTS_ABOUT.fullmatch(message)
    return found["topic"] if found and found["topic"].lower() not in _NO_TOPIC else ""


def file_names(message: str) -> list[str]:
    """The names of files in a message, in lower case."""
    return [name.lower() for name in _FILE_NAME.findall(message)]
