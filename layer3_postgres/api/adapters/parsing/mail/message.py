"""The text of a message, whatever file it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.adapters.parsing.text.plain_text import paragraphs
from api.adapters.parsing.text_builder import Block, DocumentText
from api.adapters.parsing.web.html import html_blocks
from api.services.parsing.parser import ParsedDocument, ParseLimits

NO_TEXT = "The message has no text."


@dataclass(frozen=True, slots=True)
class Message:
    """`fields`: From, To, Cc and Date, decoded, without those that are missing. `bodies`: text, and whether it is HTML.

    `attachments`: their names.
    """

    subject: str
    fields: dict[str, str]
    bodies: tuple[tuple[str, bool], ...]
    attachments: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def parsed_message(message: Message, content_type: str, limits: ParseLimits) -> ParsedDocument:
    """The subject is the heading; who, when and about what is the first paragraph; attachments are named at the end."""
    text = DocumentText(limits)
    if message.subject:
        text.add(Block(message.subject, level=1))
    header = {**message.fields, "Subject": message.subject}
    text.add(Block("\n".join(f"{name}: {value}" for name, value in header.items() if value)))
    for body, is_html in message.bodies:
        for block in html_blocks(body) if is_html else paragraphs(body):
            text.add(block)
    for block in _attached(message.attachments):
        text.add(block)
    for warning in _warnings(message):
        text.warn(warning)
    return text.parsed(content_type, empty=NO_TEXT)


def _attached(names: tuple[str, ...]) -> Iterator[Block]:
    if names:
        yield Block(f"Attachments: {', '.join(names)}")


def _warnings(message: Message) -> Iterator[str]:
    yield from message.warnings
    if message.attachments:
        names = ", ".join(message.attachments)
        yield f"Attachments are not part of the text: {names}. Upload them as documents of their own."
