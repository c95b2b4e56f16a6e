"""Background tasks of chat front ends: a title, tags, follow-ups, search queries, a completion or an emoji for a chat.

They arrive as ordinary questions and are recognised by their form: one user message with instructions, an embedded
part of a conversation, and the format of the output. A language model answers them without documents. Without one the
reply is valid and empty, or a title made from the first question.
"""

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from api.services.chat.turn import Turn
from api.services.text.shortening import shortened

Kind = Literal["title", "tags", "follow_ups", "queries", "completion", "emoji", "other"]
LISTS: tuple[Kind, ...] = ("tags", "follow_ups", "queries")

TITLE_CHARS = 48
NEUTRAL_EMOJI = "💬"
MAX_CHARS = 200_000
TRIED = 8  # tags or headings that may begin the conversation

_KINDS: dict[Kind, re.Pattern[str]] = {
    "follow_ups": re.compile(r"follow[- ]?ups?|\bsuggest\w*|\bnext (?:questions|messages)", re.IGNORECASE),
    "queries": re.compile(r"\bquer(?:y|ies)\b", re.IGNORECASE),
    "completion": re.compile(r"auto-?complet\w*|\bcompletion\b|\bcontinue the\b|\btext\b", re.IGNORECASE),
    "tags": re.compile(r"\b(?:tags?|topics?|categor(?:y|ies)|labels?|keywords?)\b", re.IGNORECASE),
    "title": re.compile(r"\b(?:titles?|name|headline|subject line)\b", re.IGNORECASE),
    "emoji": re.compile(r"\bemojis?\b", re.IGNORECASE),
}
_NAME = r"(?:history|conversation|transcript|dialog(?:ue)?|messages?|chat)"
_TAG = re.compile(rf"<((?:\w{{1,20}}[-_])?{_NAME}(?:[-_]\w{{1,20}})?)>", re.IGNORECASE)
_HEADING = re.compile(
    rf"^[#*> \t]{{0,8}}(?:\w+['’]?\w* ){{0,3}}{_NAME}(?: (?:history|log|so far))?[* \t]{{0,4}}:[* \t]{{0,4}}",
    re.IGNORECASE | re.MULTILINE,
)
_SPEAKER = re.compile(
    r"^[>|*#\"'` \t-]{0,8}(?:(?P<user>user|human|customer)|assistant|ai|bot|agent|model|system|answer|response)"
    r"[*\"']{0,3}[ \t]?:[* \t]{0,4}",
    re.IGNORECASE | re.MULTILINE,
)
_KEY = re.compile(r"\{\s{0,20}[\"“'](\w{1,40})[\"”']\s{0,5}:")
_BARE = re.compile(
    r"\b(?:only|just|nothing else|no (?:quotes|quotation marks|explanations?|other text)|without quotes)\b"
    r"|\b(?:an?|one|single)(?: [\w-]+){0,2} emoji\b",
    re.IGNORECASE,
)
_LISTED = re.compile(r"json|array", re.IGNORECASE)


@dataclass(frozen=True)
class BackgroundTask:
    """`key`: the key of the JSON object that is asked for, None for bare text. `opening`: the chat's first question."""

    kind: Kind
    key: str | None
    opening: str

    def reply(self) -> str | None:
        """A valid reply without a language model; None if there is no such reply."""
        if self.kind == "other":
            return None
        value: str | list[str] = [] if self.kind in LISTS else self._text()
        if self.key is not None:
            return json.dumps({self.key: value}, ensure_ascii=False)
        return value if isinstance(value, str) else "[]"

    def _text(self) -> str:
        texts: dict[Kind, str] = {"title": short_title(self.opening), "emoji": NEUTRAL_EMOJI}
        return texts.get(self.kind, "")


def background_task(turn: Turn) -> BackgroundTask | None:
    """The task of a turn; None for a question, which has no embedded conversation or no format of the output."""
    if turn.after or any(message.role != "system" for message in turn.history):
        return None
    embedded = _embedded(turn.message)
    if embedded is None:
        return None
    instructions, conversation = embedded
    instructions = "\n".join([*(message.content for message in turn.history), instructions])
    key = _KEY.search(instructions)
    kind = _kind_of_key(key[1]) if key else _kind_of_text(instructions)
    return BackgroundTask(kind, key[1] if key else None, _opening(conversation)) if kind else None


def short_title(question: str) -> str:
    """The question on one line, cut after a word, without its question mark."""
    return shortened(question, TITLE_CHARS).strip(" ?.!,;:\"'") or "Chat"


def _embedded(text: str) -> tuple[str, str] | None:
    """The instructions, and the part of a conversation in tags, in a code fence or below a heading."""
    if len(text) > MAX_CHARS:
        return None
    for tag in islice(_TAG.finditer(text), TRIED):
        end = text.find(f"</{tag[1]}>", tag.end())
        if end >= 0:
            return text[: tag.start()] + text[end:], text[tag.end() : end]
    for heading in islice(_HEADING.finditer(text), TRIED):
        before, rest = text[: heading.start()], text[heading.end() :]
        if rest.lstrip().startswith("```"):
            fenced, _, after = rest.lstrip()[3:].partition("```")
            return before + after, fenced
        if _SPEAKER.search(rest):
            said, _, last = rest.rstrip().rpartition("\n\n")
            return (before, rest) if not said or _SPEAKER.search(last) else (before + last, said)
    return None


def _kind_of_key(key: str) -> Kind:
    return next((kind for kind, pattern in _KINDS.items() if pattern.search(key.replace("_", " "))), "other")


def _kind_of_text(instructions: str) -> Kind | None:
    """The kind that the instructions name first. A list without a key must be asked for as JSON."""
    found = {kind: match.start() for kind, pattern in _KINDS.items() if (match := pattern.search(instructions))}
    if not found or not _BARE.search(instructions):
        return None
    kind = min(found, key=found.__getitem__)
    return None if kind in LISTS and not _LISTED.search(instructions) else kind


def _opening(conversation: str) -> str:
    """The first message of the user; the whole text if no speaker is named."""
    speakers = list(islice(_SPEAKER.finditer(conversation), 50))
    for speaker, following in zip(speakers, [*speakers[1:], None], strict=False):
        if speaker["user"]:
            return conversation[speaker.end() : following.start() if following else None].strip()
    return conversation.strip()
