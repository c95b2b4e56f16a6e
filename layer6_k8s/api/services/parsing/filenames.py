"""Cleans the file names of uploads: path parts, control characters, overrides of the writing direction."""

import re
import unicodedata

MAX_BYTES = 200
"""UTF-8 bytes: below the 255 of file systems, with room for a suffix."""

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe_filename(name: str | None) -> str:
    """A name to show and store: the last path part, on one line, without invisible characters, never empty.

    Right-to-left overrides are removed because `invoice<RLO>fdp.exe` would be shown as `invoiceexe.pdf`.
    """
    last = re.split(r"[/\\]", name or "")[-1]
    visible = "".join(_shown(c) for c in unicodedata.normalize("NFC", last))
    return _shortened(" ".join(visible.split()).lstrip(". ")) or "document"


def _shown(c: str) -> str:
    if c.isspace():
        return " "
    return "" if unicodedata.category(c) in _HIDDEN else c


def _shortened(name: str) -> str:
    """At most MAX_BYTES, cut in the stem so that the extension is kept."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 10:
        stem, dot, extension = name, "", ""
    room = MAX_BYTES - len((dot + extension).encode())
    return (stem.encode()[:room].decode(errors="ignore") + dot + extension).rstrip()
