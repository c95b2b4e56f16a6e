"""Decodes text of unknown encoding: by byte order mark, else UTF-16 by its NUL bytes, else UTF-8, else by a guess.

The order matters: valid UTF-8 is practically never another encoding, while every byte string is valid Latin-1.
"""

import codecs
import re
import unicodedata

import charset_normalizer

from api.services.parsing.errors import UnsupportedDocument

SAMPLE = 64 * 1024
"""Bytes that the guess is based on."""

_BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""What programs mean by these names: encodings with more characters, such as the euro sign (WHATWG Encoding, 4.2)."""
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # not the escape of coloured logs
_HIGH = re.compile(rb"[\x80-\xff]+")
BINARY = "The file is not text: no text encoding fits its bytes."


def decode(data: bytes, declared: str | None = None) -> str:
    """The text in `data`. `declared`: the encoding that the document names, used if it fits the bytes.

    Raises `UnsupportedDocument` for binary data.
    """
    text = _by_mark(data) or _as_utf16(data) or _as_utf8(data) or _as_declared(data, declared) or _guessed(data)
    sample = text[:SAMPLE]
    if len(_CONTROL.findall(sample)) > len(sample) / 100:
        raise UnsupportedDocument(BINARY)
    return text


def _by_mark(data: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    return None


def _as_utf8(data: bytes) -> str | None:
    """UTF-8, also with a few damaged bytes: fewer than one in fifty of the bytes beyond ASCII."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        text = data.decode(errors="replace")
        beyond = len(text) - len(data.decode("ascii", "ignore"))
        return text if text.count("\ufffd") * 50 < beyond else None


def _as_declared(data: bytes, declared: str | None) -> str | None:
    if not declared:
        return None
    try:
        found = codecs.lookup(declared)
        if not found._is_text_encoding:
            return None
        wider = _WIDER.get(found.name, found.name)
        return data.decode(wider if _fits(data, wider) else found.name)
    except (LookupError, ValueError):  # unknown, with a NUL in its name, or it does not fit
        return None


def _as_utf16(data: bytes) -> str | None:
    """UTF-16 without a byte order mark: in western text nearly every second byte is NUL, always the same one of two."""
    sample = data[: SAMPLE // 2 * 2]
    high, low = sample[::2].count(0), sample[1::2].count(0)
    if max(high, low) < len(sample) / 8 or min(high, low) > max(high, low) / 50:
        return None
    try:
        return data.decode("utf-16-be" if high > low else "utf-16-le")
    except UnicodeDecodeError:
        return None


def _guessed(data: bytes) -> str:
    """A one-byte or Asian encoding. Western text, with a few accented letters among ASCII, needs no statistics."""
    if b"\0" in data:
        raise UnsupportedDocument(BINARY)
    sample = data[:SAMPLE]
    if _looks_western(sample):
        return data.decode("cp1252") if _fits(data, "cp1252") else data.decode("latin-1")
    best = charset_normalizer.from_bytes(sample, steps=5, threshold=0.3).best()
    if best is None:
        raise UnsupportedDocument(BINARY)
    return data.decode(best.encoding, "replace")


def _looks_western(sample: bytes) -> bool:
    """Whether high bytes are single accented letters and typographic signs; runs of them mean Cyrillic, Chinese, …"""
    runs = _HIGH.findall(sample)
    high = sum(map(len, runs))
    if high > len(sample) / 3 or high > 1.5 * len(runs):
        return False
    text = sample.decode("cp1252", "replace")
    unusual = sum(
        1 for c in text if c > "\x7f" and not (unicodedata.category(c)[0] in "LPZ" or c in "€£¥§©®°±²³¹½¼¾×÷¢´¨¸¯¬")
    )
    return unusual <= max(1, high / 10)


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
