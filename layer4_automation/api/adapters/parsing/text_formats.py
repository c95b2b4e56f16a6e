"""Tells the formats apart that are text: by their first lines where these are unmistakable, else by the file name."""

import re

from api.services.parsing.parser import (
    CSV,
    EML,
    HTML,
    JSON,
    JSON_LINES,
    MARKDOWN,
    SUBRIP,
    TEXT,
    TSV,
    WEBVTT,
    XML,
)

HEAD = 4096
"""Bytes that are read to distinguish text formats."""

_BY_NAME = {
    "csv": CSV,
    "tsv": TSV,
    "tab": TSV,
    "json": JSON,
    "jsonl": JSON_LINES,
    "ndjson": JSON_LINES,
    "xml": XML,
    "eml": EML,
    "vtt": WEBVTT,
    "srt": SUBRIP,
    "md": MARKDOWN,
    "markdown": MARKDOWN,
    "mdown": MARKDOWN,
    "mkd": MARKDOWN,
}
_HTML_NAMES = ("html", "htm", "xhtml")
_PLAIN_NAMES = ("txt", "text", "log")

_HTML_START = re.compile(
    rb"\s*+(?>(?:<\?xml[^>]*+>\s*+)?)(?>(?:(?><!--.*?-->)\s*+)*)<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_HTML_TAG = re.compile(rb"<(?:p|div|span|table|ul|ol|h[1-6]|a|br|meta|title|section|article)\b[^>]*>", re.I)
_XML_START = re.compile(rb"\s*+<\?xml\s")
_WEBVTT_START = re.compile(rb"WEBVTT(?=\s|\Z)")
_SUBRIP_START = re.compile(rb"\s*+\d{1,6}[^\S\n]*\r?\n\s*+\d{1,3}:\d\d:\d\d[,.]\d{1,3}\s*-->\s*\d{1,3}:\d\d:\d\d")
_JSON_START = re.compile(rb'\s*+(?:\{\s*+["}]|\[\s*+[\[{"\]\dtfn-])')
_MAIL_FIELD = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]?[^\n]*\n(?:[ \t]+[^\n]*\n)*", re.M)
_MAIL_ROUTE = frozenset({b"mime-version", b"message-id", b"received", b"return-path", b"delivered-to"})
"""Fields that a mail program writes, and nobody who writes a memo."""
_MAIL_SENDERS = frozenset({b"from", b"sender", b"subject", b"date", b"to"})
_MARKDOWN_SIGNS = re.compile(
    rb"^(?:\#{1,6}\s+\S.*|```.*|~~~.*|(?:=|-){3,}\s*|>\s.*|\s*[-*+]\s+\S.*|\|.*\|)\s*$|\[[^\]\n]+\]\([^)\n]+\)|\*\*\S",
    re.M,
)
_HEADING_LINE = re.compile(rb"^\#{1,6}\s+\S", re.M)


def text_format(data: bytes, filename: str) -> str:
    """The content type of a text. `TEXT` when nothing says more."""
    head = data[:HEAD].removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    head = head.replace(b"\0", b"")  # UTF-16
    extension = filename.rpartition(".")[2].lower() if "." in filename else ""
    if _HTML_START.match(head) or (extension in _HTML_NAMES and _HTML_TAG.search(head)):
        return HTML
    unmistakable = _by_start(head, plain=extension in _PLAIN_NAMES)
    if unmistakable:
        return unmistakable
    if extension in _BY_NAME:
        return _by_name(head, extension)
    if extension not in _PLAIN_NAMES and _JSON_START.match(head) and data.rstrip(b"\0\t\n\r ").endswith((b"}", b"]")):
        return JSON
    looks_like_markdown = _HEADING_LINE.search(head) and len(_MARKDOWN_SIGNS.findall(head)) >= 3
    return MARKDOWN if looks_like_markdown and not extension else TEXT


def _by_start(head: bytes, plain: bool) -> str | None:
    """The format whose first line no other text has. `plain`: the name says plain text, so XML stays as it is."""
    if _WEBVTT_START.match(head):
        return WEBVTT
    if _SUBRIP_START.match(head):
        return SUBRIP
    if is_mail(head):
        return EML
    return XML if not plain and _XML_START.match(head) else None


def _by_name(head: bytes, extension: str) -> str:
    """The format that the name says, unless the content is of another one."""
    named = _BY_NAME[extension]
    if named in (CSV, TSV, XML, EML, WEBVTT, SUBRIP) and _JSON_START.match(head):
        return JSON
    return named


def is_mail(head: bytes) -> bool:
    """Whether the text begins with the header of a message: with a field of a mail program, and who, when or what."""
    names = set[bytes]()
    position = head.find(b"\n") + 1 if head.startswith(b"From ") else 0  # the first line of a mailbox
    while field := _MAIL_FIELD.match(head, position):
        names.add(field[1].lower())
        position = field.end()
    return bool(names & _MAIL_ROUTE) and len(names & _MAIL_SENDERS) >= 2
