"""Reads EML (MIME messages) with the standard library."""

import email
import email.errors
import email.policy
import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message as MimePart

from api.adapters.parsing.mail.calendar import invitations
from api.adapters.parsing.mail.message import MAX_DEPTH, Message, parsed_message
from api.adapters.parsing.text.decoding import decode
from api.adapters.parsing.text_formats import HEAD, is_mail
from api.services.parsing.errors import UnreadableDocument, UnsupportedDocument
from api.services.parsing.parser import EML, ParsedDocument, ParseLimits

FIELDS = ("From", "To", "Cc", "Date")
ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
SIGNATURES = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
CALENDARS = ("text/calendar", "application/ics")
TEXTS = ("text/plain", "text/html")
MAX_PARTS = 1_000
FIELD_CHARS = 10_000
"""Of a header field; the time to decode one grows with the square of its length."""

_NEXT_MESSAGE = re.compile(rb"\n\r?\nFrom [^\n]*\d\d:\d\d:\d\d[^\n]*\n[A-Za-z][\w-]*:")
SIGNATURE = "-- "
_SPACES = re.compile(r"\s+")
_ENCODED_WORD_GAP = re.compile(r"(\?=)\s+(=\?)")


def parse_eml(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """The plain text of the message, or its HTML if there is no plain text, and invitations.

    Attachments are named, and only messages and invitations among them are read.

    Raises `UnreadableDocument` when the message is encrypted, or is no message.
    """
    # compat32 does not interpret header fields while it parses, and so no field makes it fail
    root = email.message_from_bytes(data, policy=email.policy.compat32)
    if not any(_raw(root, name) for name in (*FIELDS, "Subject", "Received", "Message-ID", "MIME-Version")):
        raise UnreadableDocument("This is not an e-mail message: it has no sender, no recipient and no subject.")
    if data.startswith(b"From ") and _NEXT_MESSAGE.search(data):
        raise UnreadableDocument("This is a mailbox of several messages. Export them one by one, and upload each.")
    if root.get_content_type() in ENCRYPTED:
        raise UnreadableDocument("The message is encrypted or sealed. Save it as plain text and upload it again.")
    return parsed_message(_message(root, 1), EML, limits)


def _message(root: MimePart, depth: int) -> Message:
    """`depth`: 1 for the message that is not inside another one."""
    fields = {name: ", ".join(map(_field, _raw(root, name))) for name in FIELDS}
    parts = list(enumerate(_leaves(root), 1))
    attached = [(number, part) for number, part in parts if _is_attachment(part)]
    inner = {number: _attached(part) for number, part in attached} if depth < MAX_DEPTH else {}
    names = tuple(_name(part, number) for number, part in attached if not inner.get(number))
    messages = tuple(_message(found, depth + 1) for found in inner.values() if found)
    bodies = (*_bodies(root), *_invitations([part for _, part in parts]))
    return Message(_subject(root), fields, bodies, names, inner=messages)


def _attached(part: MimePart) -> MimePart | None:
    """The message that a part is, if it is one; mail programs attach them as parts or as files."""
    if part.get_content_type() == "message/rfc822":
        found = _inner(part)
        return found[0] if found and found[0].get_content_type() not in ENCRYPTED else None
    if not _field(part.get_filename() or "").lower().endswith(".eml"):
        return None
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes) or not is_mail(payload[:HEAD]):
        return None
    found_inside = email.message_from_bytes(payload, policy=email.policy.compat32)
    return None if found_inside.get_content_type() in ENCRYPTED else found_inside


def _invitations(parts: list[MimePart]) -> Iterator[tuple[str, bool]]:
    """The events of the calendars in a message, each once: they are often attached too."""
    calendars = (part for part in parts if _is_calendar(part))
    events = (event for part in calendars for event in invitations(_text(part)))
    yield from ((event, False) for event in dict.fromkeys(events))


def _subject(part: MimePart) -> str:
    return " ".join(map(_field, _raw(part, "Subject")[:1]))


def _raw(part: MimePart, name: str) -> list[str]:
    """The fields of that name as they are in the file. `get_all` would replace the letters beyond ASCII."""
    return [str(value) for key, value in part.raw_items() if key.lower() == name.lower()]


def _leaves(part: MimePart) -> Iterator[MimePart]:
    """The parts without parts. A message inside the message is one of them."""
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        for inner in _inner(part):
            yield from _leaves(inner)
    else:
        yield part


def _inner(part: MimePart) -> list[MimePart]:
    payload = part.get_payload()
    inner = [piece for piece in payload if isinstance(piece, MimePart)] if isinstance(payload, list) else []
    if len(inner) > MAX_PARTS:
        raise UnreadableDocument(f"The message has more than {MAX_PARTS:,} parts.")
    return inner


def _bodies(part: MimePart) -> Iterator[tuple[str, bool]]:
    """The texts that a reader sees, and whether each is HTML. Of alternatives, the first plain one with text."""
    if part.get_content_maintype() == "multipart":
        found = [list(_bodies(inner)) for inner in _inner(part)]
        if part.get_content_subtype() == "alternative":
            filled = [bodies for bodies in found if any(text.strip() for text, _ in bodies)]
            plain = [bodies for bodies in filled if not any(is_html for _, is_html in bodies)]
            yield from (plain or filled or [[]])[0]
        else:
            yield from (body for bodies in found for body in bodies)
    elif part.get_content_type() in TEXTS and not _is_attachment(part):
        yield _text(part), part.get_content_type() == "text/html"


def _is_calendar(part: MimePart) -> bool:
    return part.get_content_type() in CALENDARS or (part.get_filename() or "").lower().endswith(".ics")


def _is_attachment(part: MimePart) -> bool:
    if part.get_content_type() in SIGNATURES or _is_calendar(part):
        return False
    if part.get_content_type() not in TEXTS:
        return not (part.get_content_maintype() == "image" and part.get("Content-ID"))  # shown inside the HTML
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _text(part: MimePart) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes) or not payload.strip():
        return ""
    try:
        text = decode(payload, part.get_content_charset())
    except UnsupportedDocument as error:
        raise UnreadableDocument("The text of the message is damaged.") from error
    return _unwrapped(text) if str(part.get_param("format")).lower() == "flowed" else text


def _unwrapped(text: str) -> str:
    """The lines of flowed text (RFC 3676) joined: those that end with a space go on, except before a signature."""
    joined, depth = list[str](), ""
    for line in text.splitlines():
        quoted = line[: len(line) - len(line.lstrip(">"))]
        goes_on = joined and joined[-1].endswith(" ") and joined[-1] != SIGNATURE and line != SIGNATURE
        if goes_on and quoted == depth:
            joined[-1] += line.removeprefix(quoted).removeprefix(" ")
        else:
            joined.append(line)
        depth = quoted
    return "\n".join(joined)


def _name(part: MimePart, number: int) -> str:
    """The file name of an attachment; a message inside the message is named by its subject."""
    name = part.get_filename()
    if not name and part.get_content_type() == "message/rfc822":
        inner = _inner(part)
        name = f"{_subject(inner[0]) or 'message'}.eml" if inner else None
    return _field(name) if name else f"part {number} ({part.get_content_type()})"


def _field(value: object) -> str:
    """A header field as its reader sees it: decoded, on one line. A longer one is cut off."""
    written = str(value)[:FIELD_CHARS].encode("utf-8", "surrogateescape")
    raw = _ENCODED_WORD_GAP.sub(r"\1 \2", _piece(written, None))
    try:
        pieces = decode_header(raw)
    except (email.errors.HeaderParseError, ValueError):
        return _SPACES.sub(" ", raw).strip()
    return _SPACES.sub(" ", "".join(_piece(piece, charset) for piece, charset in pieces)).strip()


def _piece(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    try:
        return decode(piece, charset) if piece else ""
    except UnsupportedDocument:
        return piece.decode("ascii", "replace")
