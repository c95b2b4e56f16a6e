"""What the library leaves out of an Office Open XML document, as warnings for its reader."""

import io
import re
import zipfile
from collections.abc import Iterator

_COMMENTS = re.compile(r"(?:xl|ppt)/(?:comments|threadedComments)[^/]*(?:/[^/]+)?\.xml", re.IGNORECASE)
_HIDDEN = re.compile(rb"<sheet\s[^>]*state=[\"'](?:hidden|veryHidden)", re.IGNORECASE)
COMMENTS = "Comments are not part of the text."
HIDDEN_SHEETS = "Hidden sheets are not part of the text."


def left_out(data: bytes) -> Iterator[str]:
    """One sentence for each kind of content."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        if any(map(_COMMENTS.fullmatch, names)):
            yield COMMENTS
        if "xl/workbook.xml" in names and _HIDDEN.search(archive.read("xl/workbook.xml")):
            yield HIDDEN_SHEETS
