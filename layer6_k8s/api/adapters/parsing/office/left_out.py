"""What the library leaves out of an Office Open XML document, as warnings for its reader."""

import io
import re
import zipfile
from collections.abc import Iterator

_COMMENTS = re.compile(r"(?:xl|ppt)/(?:comments|threadedComments)[^/]*(?:/[^/]+)?\.xml", re.IGNORECASE)
COMMENTS = "Comments are not part of the text."


def left_out(data: bytes) -> Iterator[str]:
    """One sentence for each kind of content."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if any(map(_COMMENTS.fullmatch, archive.namelist())):
            yield COMMENTS
