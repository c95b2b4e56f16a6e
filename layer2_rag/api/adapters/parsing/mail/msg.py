"""Reads MSG (Outlook's messages) with olefile: each property of the message is a stream of a compound file."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import olefile

from api.adapters.parsing.mail.compressed_rtf import decompressed_rtf
from api.adapters.parsing.mail.message import MAX_DEPTH, Message, parsed_message
from api.adapters.parsing.office.anydoc import document_model
from api.adapters.parsing.office.model_blocks import document_blocks
from api.adapters.parsing.text.decoding import decode
from api.services.parsing.errors import UnreadableDocument, UnsupportedDocument
from api.services.parsing.parser import MSG, ParsedDocument, ParseLimits

# Property tags of [MS-OXPROPS]
SUBJECT, BODY, HTML, RTF = 0x0037, 0x1000, 0x1013, 0x1009
SENDER_NAME, SENDER_ADDRESS, SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
DISPLAY_TO, DISPLAY_CC = 0x0E04, 0x0E03
SENT, DELIVERED, CODE_PAGE = 0x0039, 0x0E06, 0x3FFD
LONG_NAME, SHORT_NAME, DISPLAY_NAME, CONTENT_ID = 0x3707, 0x3704, 0x3001, 0x3712

TEXT, BYTE_TEXT, BINARY, TIME, INTEGER = 0x001F, 0x001E, 0x0102, 0x0040, 0x0003
"""Types of properties."""
PROPERTIES = "__properties_version1.0"
HEADER_BYTES, INNER_HEADER_BYTES = 32, 24
"""Before the properties of a message, and of one inside another; each has 16 bytes: type, tag, flags, value."""
INNER = "__substg1.0_3701000D"
"""The folder of an attachment that is a message."""
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

_ATTACHMENT = re.compile(r"__attach_version1\.0_#[0-9A-Fa-f]{8}")
DAMAGED = "The message is damaged or cut off."


def parse_msg(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Sender, recipients, date and subject, then the plain text, else the HTML, else the RTF."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as opened:
            message = _message(_Properties(opened), 1)
    except (OSError, ValueError, IndexError, AttributeError, TypeError) as error:  # olefile on damaged sectors
        raise UnreadableDocument(DAMAGED) from error
    return parsed_message(message, MSG, limits)


def _message(properties: "_Properties", depth: int) -> Message:
    """`depth`: 1 for the message that is not inside another one."""
    sent = properties.time(SENT) or properties.time(DELIVERED)
    fields = {
        "From": _sender(properties),
        "To": properties.text(DISPLAY_TO),
        "Cc": properties.text(DISPLAY_CC),
        "Date": sent.strftime("%Y-%m-%d %H:%M UTC") if sent else "",
    }
    attached = properties.folders(_ATTACHMENT)
    inner = [folder for folder in attached if properties.has_message(folder) and depth < MAX_DEPTH]
    names = tuple(_attachments(properties, [folder for folder in attached if folder not in inner]))
    messages = tuple(_message(properties.message(folder), depth + 1) for folder in inner)
    return Message(properties.text(SUBJECT), fields, tuple(_bodies(properties)), names, inner=messages)


def _sender(properties: "_Properties") -> str:
    name = properties.text(SENDER_NAME)
    address = next((found for found in map(properties.text, (SENDER_SMTP, SENDER_ADDRESS)) if "@" in found), "")
    return f"{name} <{address}>" if name and address and name != address else name or address


def _bodies(properties: "_Properties") -> Iterator[tuple[str, bool]]:
    plain = properties.text(BODY)
    html = properties.text(HTML) or properties.decoded(HTML)
    if plain:
        yield plain, False
    elif html.strip():
        yield html, True
    elif packed := properties.stream(f"__substg1.0_{RTF:04X}{BINARY:04X}"):
        blocks = document_blocks(document_model(decompressed_rtf(packed), "rtf"))
        yield "\n\n".join(block.text for block in blocks), False


def _attachments(properties: "_Properties", folders: list[str]) -> Iterator[str]:
    """Their names, without the pictures that the HTML shows."""
    for number, folder in enumerate(folders, 1):
        if not properties.text(CONTENT_ID, folder) or properties.text(BODY):
            names = (properties.text(tag, folder) for tag in (LONG_NAME, SHORT_NAME, DISPLAY_NAME))
            yield next(filter(None, names), f"attachment {number}")


class _Properties:
    """The properties of a message and of its attachments, each in a folder. `root`: its own folder, with a slash."""

    def __init__(self, opened: olefile.OleFileIO, root: str = "") -> None:
        self._opened, self._root = opened, root
        self._fixed = self.stream(PROPERTIES)[INNER_HEADER_BYTES if root else HEADER_BYTES :]
        page = int.from_bytes(self._value(CODE_PAGE, INTEGER)[:4], "little")
        self._encoding = "utf-8" if page == 65001 else f"cp{page}" if page else None

    def folders(self, pattern: re.Pattern[str]) -> list[str]:
        above = self._root.split("/")[:-1]
        paths = (path for path in self._opened.listdir() if path[: len(above)] == above and len(path) > len(above))
        return sorted({path[len(above)] for path in paths if pattern.fullmatch(path[len(above)])})

    def has_message(self, folder: str) -> bool:
        """Whether an attachment is a message."""
        return bool(self._opened.exists(f"{self._root}{folder}/{INNER}/{PROPERTIES}"))

    def message(self, folder: str) -> "_Properties":
        """Those of the message that an attachment is."""
        return _Properties(self._opened, f"{self._root}{folder}/{INNER}/")

    def stream(self, path: str) -> bytes:
        """b"" if there is none."""
        if not self._opened.exists(self._root + path):
            return b""
        with self._opened.openstream(self._root + path) as stream:
            return bytes(stream.read())

    def text(self, tag: int, folder: str = "") -> str:
        path = f"{folder}/__substg1.0_{tag:04X}".lstrip("/")
        wide = self.stream(f"{path}{TEXT:04X}")
        if wide:
            return wide.decode("utf-16-le", "replace").strip("\0 \r\n")
        return self._decoded(self.stream(f"{path}{BYTE_TEXT:04X}")).strip("\0 \r\n")

    def decoded(self, tag: int) -> str:
        """Binary text."""
        return self._decoded(self.stream(f"__substg1.0_{tag:04X}{BINARY:04X}"))

    def time(self, tag: int) -> datetime | None:
        """In UTC. Stored as the number of 100 ns since 1601."""
        ticks = int.from_bytes(self._value(tag, TIME), "little")
        try:
            return EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None

    def _value(self, tag: int, kind: int) -> bytes:
        for start in range(0, len(self._fixed) - 15, 16):
            entry = self._fixed[start : start + 16]
            if int.from_bytes(entry[:2], "little") == kind and int.from_bytes(entry[2:4], "little") == tag:
                return entry[8:]
        return b""

    def _decoded(self, data: bytes) -> str:
        try:
            text = data.rstrip(b"\0")
            return decode(text, self._encoding) if text else ""
        except UnsupportedDocument as error:
            raise UnreadableDocument(DAMAGED) from error
