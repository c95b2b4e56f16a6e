"""The text of a message, whatever file it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.adapters.parsing.text.plain_text import paragraphs
from api.adapters.parsing.text_builder import Block, DocumentText
from api.adapters.parsing.web.html import html_blocks
from api.services.parsing.parser import ParsedDocument, ParseLimits

MAX_DEPTH = 5
"""Messages inside each other that are read; deeper ones are only named."""
MAX_LEVEL = 6
"""Of headings."""
NO_TEXT = "The message has no text."


@dataclass(frozen=True, slots=True)
class Message:
    """`fields`: From, To, Cc and Date, decoded, without those that are missing. `bodies`: text, and whether it is HTML.

    `attachments`: the names of those that are not read. `inner`: the messages that are attached, which are.
    """

    subject: str
    fields: dict[str, str]
    bodies: tuple[tuple[str, bool], ...]
    attachments: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    inner: tuple["Message", ...] = ()


def parsed_message(message: Message, content_type: str, limits: ParseLimits) -> ParsedDocument:
    """The subject is the heading; who, when and about what is the first paragraph; attachments are named at the end.

    Messages that are attached follow, each like this.
    """
    text = DocumentText(limits)
    for block in _blocks(message, level=1):
        text.add(block)
    for warning in _warnings(message):
        text.warn(warning)
    return text.parsed(content_type, empty=NO_TEXT)


def _blocks(message: Message, level: int) -> Iterator[Block]:
    if message.subject:
        yield Block(message.subject, level=min(level, MAX_LEVEL))
    header = {**message.fields, "Subject": message.subject}
    yield Block("\n".join(f"{name}: {value}" for name, value in header.items() if value))
    for body, is_html in message.bodies:
        yield from html_blocks(body) if is_html else paragraphs(body)
    if names := [*message.attachments, *(f"{inner.subject or 'message'}.eml" for inner in message.inner)]:
        yield Block(f"Attachments: {', '.join(names)}")
    for inner in message.inner:
        yield from _blocks(inner, level + 1)


def _warnings(message: Message) -> Iterator[str]:
    yield from message.warnings
    if unread := list(_unread(message)):
        names = ", ".join(unread)
        yield f"Attachments are not part of the text: {names}. Upload them as documents of their own."


def _unread(message: Message) -> Iterator[str]:
    """The names of the attachments that are not read, also those of the messages inside."""
    yield from message.attachments
    for inner in message.inner:
        yield from _unread(inner)
