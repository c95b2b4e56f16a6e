"""Unpacks the RTF of an Outlook message ([MS-OXRTFCP]): LZ77 with a dictionary that is filled beforehand."""

import struct

from api.services.parsing.errors import UnreadableDocument

_HEADER = struct.Struct("<II4sI")
"""Packed size, unpacked size, kind, checksum."""
_DICTIONARY = 4096
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What the dictionary holds at the start."""


def decompressed_rtf(packed: bytes) -> bytes:
    """The RTF. At most nine times as long as `packed`. Raises `UnreadableDocument` for another format."""
    if len(packed) < _HEADER.size:
        raise UnreadableDocument("The text of the message is damaged.")
    _, size, kind, _ = _HEADER.unpack_from(packed)
    body = packed[_HEADER.size :]
    if kind == b"MELA":  # not compressed
        return body[:size]
    if kind != b"LZFu":
        raise UnreadableDocument("The text of the message is damaged.")
    return _inflated(body)[:size]


def _inflated(body: bytes) -> bytes:
    """Each control byte says of the next eight tokens whether it is a letter or a place in the dictionary."""
    window = bytearray(_KNOWN)
    position = 0
    while position < len(body):
        control, position = body[position], position + 1
        for bit in range(8):
            if control >> bit & 1:
                reference = int.from_bytes(body[position : position + 2], "big")
                position += 2
                start = _absolute(reference >> 4, len(window))
                if start == len(window) or position > len(body):  # the dictionary's own end is the end of the text
                    return bytes(window[len(_KNOWN) :])
                for offset in range((reference & 15) + 2):
                    window.append(window[start + offset])
            elif position < len(body):
                window.append(body[position])
                position += 1
    return bytes(window[len(_KNOWN) :])


def _absolute(place: int, end: int) -> int:
    """The index in everything written so far of a place in the ring of the last 4,096 bytes."""
    start = end - (end - place) % _DICTIONARY
    if start < 0:
        raise UnreadableDocument("The text of the message is damaged.")
    return start
