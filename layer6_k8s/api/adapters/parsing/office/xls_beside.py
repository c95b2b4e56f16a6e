"""What a workbook before 2007 (XLS) has beside its cells: comments, text boxes, links, by its records ([MS-XLS])."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from api.adapters.parsing.containers import OLE_ERRORS
from api.adapters.parsing.links import is_address
from api.adapters.parsing.office.left_out import HIDDEN_CELLS, HIDDEN_SHEETS, IMAGES, without_result

_RECORD = struct.Struct("<HH")
BEGIN, END, SHEET, OBJECT, TEXT, CONTINUED, NOTE, LINK, ROW, COLUMNS = (
    *(0x0809, 0x000A, 0x0085, 0x005D, 0x01B6, 0x003C, 0x001C, 0x01B8, 0x0208, 0x007D),
)
FORMULA, NO_RESULT = 0x0006, b"\xff\xff"
"""A formula; the end of a result that is no number, whose first byte is 3 if it is empty."""
PICTURE_KIND = 0x08
"""The kind of an object: a picture, or a file of another program."""
URL = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
"""Stands before the address of a link."""
MAX_COMMENT = 20_000


@dataclass(slots=True)
class _Sheet:
    boxes: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)

    def words(self) -> list[str]:
        texts = [text for number, text in self.boxes.items() if number not in self.notes]
        noted = ((place, self.boxes.get(number)) for number, place in self.notes.items())
        return [*self.links, *texts, *(f"Comment on {place}: {text}" for place, text in noted if text)]


@dataclass(frozen=True, slots=True)
class XlsBeside:
    """`words`: of each sheet that is not hidden. `names`: of these sheets."""

    names: list[str]
    words: list[list[str]]
    warnings: list[str]


def xls_beside(data: bytes) -> XlsBeside:
    """Nothing if the workbook cannot be read."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as opened, opened.openstream("Workbook") as stream:
            records = stream.read()
    except OLE_ERRORS:
        return XlsBeside([], [], [])
    return _Workbook(records).read()


class _Workbook:
    def __init__(self, records: bytes) -> None:
        self._records = records
        self._starts: dict[int, str] = {}  # of sheets, with their names
        self._sheets: dict[int, _Sheet] = {}
        self._warnings: dict[str, None] = {}
        self._object = (0, 0)  # kind and number of the last one
        self._formulas = self._empty = 0
        self._wanted = 0  # characters of the text that goes on in the next record

    def read(self) -> XlsBeside:
        sheet = _Sheet()
        for position, kind, content in _records(self._records):
            if kind == BEGIN and position in self._starts:
                sheet = self._sheets[position] = _Sheet()
            elif kind == SHEET and len(content) > 8:
                self._add_sheet(content)
            else:
                self._beside(kind, content, sheet)
        if self._empty == self._formulas:  # one of many may be empty text
            self._warnings.update(dict.fromkeys(without_result(self._empty)))
        words = [self._sheets.get(start, _Sheet()).words() for start in self._starts]
        return XlsBeside(list(self._starts.values()), words, list(self._warnings))

    def _add_sheet(self, content: bytes) -> None:
        if content[4] & 3:  # hidden or very hidden
            self._warnings[HIDDEN_SHEETS] = None
        else:
            self._starts[int.from_bytes(content[:4], "little")] = _short_string(content[6:])

    def _beside(self, kind: int, content: bytes, sheet: _Sheet) -> None:
        if kind == OBJECT and len(content) >= 8:
            self._object = struct.unpack_from("<HH", content, 4)
            if self._object[0] == PICTURE_KIND:
                self._warnings[IMAGES] = None
        elif kind == FORMULA and len(content) >= 14:
            self._formulas += 1
            self._empty += content[12:14] == NO_RESULT and content[6] == 3
        elif kind == TEXT and len(content) >= 12:
            self._wanted = int.from_bytes(content[10:12], "little")
        elif kind == CONTINUED and self._wanted and content:
            self._add_text(content, sheet)
        elif kind == NOTE and len(content) >= 8:
            row, column, _, number = struct.unpack_from("<4H", content)
            sheet.notes[number] = place_name(row, column)
        elif kind == LINK and (address := _address(content)):
            row, _, column, _ = struct.unpack_from("<4H", content)
            sheet.links.append(f"Link in {place_name(row, column)}: {address}")
        elif (kind == ROW and len(content) >= 14 and content[12] & 0x20) or (
            kind == COLUMNS and len(content) >= 10 and content[8] & 1
        ):
            self._warnings[HIDDEN_CELLS] = None

    def _add_text(self, content: bytes, sheet: _Sheet) -> None:
        """The characters of a box, which may take several records."""
        wide, number = content[0] & 1, self._object[1]
        text = content[1:].decode("utf-16-le" if wide else "latin-1", "replace")[: self._wanted]
        self._wanted -= len(text)
        sheet.boxes[number] = (sheet.boxes.get(number, "") + text)[:MAX_COMMENT].strip()


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Position, kind and content of each record."""
    position = 0
    while position + _RECORD.size <= len(stream):
        kind, length = _RECORD.unpack_from(stream, position)
        content = position + _RECORD.size
        yield position, kind, stream[content : content + length]
        position = content + length


def _short_string(data: bytes) -> str:
    """A length, a flag for wide characters, then the characters."""
    length, wide = data[0], data[1] & 1
    return data[2 : 2 + (2 * length if wide else length)].decode("utf-16-le" if wide else "latin-1", "replace")


def _address(content: bytes) -> str:
    """Of a link to the web; "" of others."""
    start = content.find(URL)
    if start < 0 or start + 20 > len(content):
        return ""
    size = int.from_bytes(content[start + 16 : start + 20], "little")
    address = content[start + 20 : start + 20 + size].decode("utf-16-le", "replace").partition("\0")[0]
    return address if is_address(address) else ""


def place_name(row: int, column: int) -> str:
    """`B2` for row 1, column 1."""
    high, low = divmod(column, 26)
    return f"{chr(ord('A') + high - 1) if high else ''}{chr(ord('A') + low)}{row + 1}"
