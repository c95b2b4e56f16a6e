"""The groups of an RTF document that the library leaves out, or would read though no reader sees them."""

import re
from collections.abc import Iterator

from api.adapters.parsing.office.left_out import COMMENTS, EMBEDDED, IMAGES
from api.adapters.parsing.text_builder import STRUCK_OUT

_HIDDEN = re.compile(rb"\{((?:\\[a-z]+-?\d*\s?)*?\\(?:v|deleted|strike|striked1))(?![a-z\d])")
"""A group of hidden (`\\v`), deleted or struck-out text. `\\*` before an unknown word makes readers skip a group."""
_STRUCK = re.compile(rb"(\\strike(?:d1)?(?![a-z\d])(?:(?!\\strike)[^{}])*)\\striked?0")
"""Struck-out text that no group holds together. It ends before the next one, so that the search stays linear."""
_BEGINNING = re.compile(rb"\{\\rtf[^{}]*")
_PRINTED = re.compile(rb"\{\\(header|footer)[lrf]?(?![a-z])")
_BRACE = re.compile(rb"\\[\\{}]|([{}])")
_LEFT_OUT = (
    (re.compile(rb"\{\\\*\\annotation(?![a-z])"), COMMENTS),
    (re.compile(rb"\{(?:\\\*)?\\(?:shp)?pict(?![a-z])"), IMAGES),
    (re.compile(rb"\{\\object(?![a-z])"), EMBEDDED),
    (re.compile(rb"\{\\\*\\hidden[^{}]*?\\strike(?:d1)?(?![a-z\d])"), STRUCK_OUT),
)
MAX_PRINTED = 100
"""Headers and footers that are looked at; each section has its own."""


def without_hidden(rtf: bytes) -> bytes:
    """Readers could not see a quote of hidden text, and deleted or struck-out text does not hold any more."""
    return _STRUCK.sub(rb"{\\*\\hidden\1}", _HIDDEN.sub(rb"{\\*\\hidden\1", rtf))


def left_out(rtf: bytes) -> list[str]:
    """One sentence for each kind of content."""
    return [warning for group, warning in _LEFT_OUT if group.search(rtf)]


def printed(rtf: bytes, kind: bytes) -> Iterator[bytes]:
    """Each different header or footer (`kind`), as a document of its own."""
    beginning = _BEGINNING.match(rtf)
    groups = dict[bytes, None]()
    for found in _PRINTED.finditer(rtf):
        if found[1] == kind and len(groups) < MAX_PRINTED:
            groups[rtf[found.end() : _end(rtf, found.end())]] = None
    for group in groups:
        yield (beginning[0] if beginning else b"{\\rtf1 ") + b"\\pard " + group + b"\\par}"


def _end(rtf: bytes, position: int) -> int:
    """Where the group ends that is open at a position."""
    depth = 1
    for brace in _BRACE.finditer(rtf, position):
        depth += {b"{": 1, b"}": -1}.get(brace[1], 0)
        if not depth:
            return brace.start()
    return len(rtf)
