"""The names of the sheets of a workbook in their order, because the library leaves out the names of empty ones.

Hidden sheets are not among them: the library does not read them.
"""

import io
import re
import struct
import zipfile

import olefile

from api.adapters.parsing.records.xml_tree import Element, parse_tree
from api.services.parsing.errors import DocumentBomb, UnreadableDocument

_RECORD = struct.Struct("<HH")
_SHEET_RECORD = 0x85
"""A sheet in the stream of an XLS ([MS-XLS] 2.4.28, BoundSheet8)."""
_ODS_TABLE = re.compile(r'<table:table\s(?:[^>]*?\s)?table:name="([^"]*)"')
_REFERENCES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


def xlsx_sheet_names(data: bytes) -> list[str]:
    """[] if the workbook cannot be read."""
    try:
        workbook = parse_tree(_part(data, "xl/workbook.xml"))
    except (UnreadableDocument, DocumentBomb, KeyError, zipfile.BadZipFile):
        return []
    sheets = _inner(_inner([workbook], "sheets"), "sheet")
    shown = (sheet.attributes for sheet in sheets if sheet.attributes.get("state", "visible") == "visible")
    return [attributes.get("name", "") for attributes in shown]


def _inner(elements: list[Element], tag: str) -> list[Element]:
    return [child for element in elements for child in element.children if child.tag == tag]


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


def xls_sheet_names(data: bytes) -> list[str]:
    """[] if the workbook cannot be read."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as opened, opened.openstream("Workbook") as stream:
            records = stream.read()
    except OSError:
        return []
    names, position = list[str](), 0
    while position + _RECORD.size <= len(records):
        kind, length = _RECORD.unpack_from(records, position)
        position += _RECORD.size
        whole = length > 8 and position + length <= len(records)
        if kind == _SHEET_RECORD and whole and not records[position + 4] & 3:  # neither hidden nor very hidden
            names.append(_short_string(records[position + 6 : position + length]))
        position += length
    return names


def _short_string(data: bytes) -> str:
    """A length, a flag for wide characters, then the characters."""
    length, wide = data[0], data[1] & 1
    return data[2 : 2 + (2 * length if wide else length)].decode("utf-16-le" if wide else "latin-1", "replace")
