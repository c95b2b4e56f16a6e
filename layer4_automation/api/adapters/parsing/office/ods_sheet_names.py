"""The names of the sheets of an ODS in their order, because the library leaves out the names of empty ones."""

import io
import re
import zipfile

_ODS_TABLE = re.compile(r'<table:table\s(?:[^>]*?\s)?table:name="([^"]*)"')
_REFERENCES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


def ods_sheet_names(data: bytes) -> list[str]:
    """[] if the document cannot be read."""
    try:
        content = _part(data, "content.xml").decode(errors="replace")
    except (KeyError, zipfile.BadZipFile):
        return []
    return [_without_references(name) for name in _ODS_TABLE.findall(content)]


def _without_references(name: str) -> str:
    for reference, sign in _REFERENCES.items():
        name = name.replace(reference, sign)
    return name


def _part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)
