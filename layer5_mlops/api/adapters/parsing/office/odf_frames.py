"""What the library leaves out of an OpenDocument file: descriptions of pictures, charts, and words beside the cells.

In a copy of the content, a picture becomes a text box with its description, and a chart one with the table of its
numbers, which the library reads.
"""

import re
import zipfile
from collections.abc import Iterator
from html import unescape

from api.adapters.parsing.office.left_out import CHARTS, EMBEDDED, IMAGES

_FRAME = re.compile(rb"<draw:frame(?=[\s>])[^>]*>((?:(?!<draw:frame[\s>]).)*?)</draw:frame\s*>", re.S)
_DESCRIPTION = re.compile(rb"<svg:(?:desc|title)(?:\s[^>]*)?>([^<]+)<")
_OBJECT = re.compile(rb"<draw:object\s[^>]*?xlink:href=\"(?:\./)?([^\"]+)\"")
_PICTURE, _FOREIGN = re.compile(rb"<draw:image[\s>]"), re.compile(rb"<draw:object-ole[\s>]")
_NUMBERS = re.compile(rb"<table:table\s[^>]*local-table.*?</table:table\s*>", re.S)
_CHART = re.compile(rb"<office:chart[\s>]")
_BOX = b"<draw:frame><draw:text-box>%b</draw:text-box></draw:frame>"

_SHEET = re.compile(rb"<table:table\s.*?</table:table\s*>", re.S)
_WORDS = re.compile(rb"<draw:(text-box|custom-shape|rect|ellipse|line)(?=[\s>])[^>]*(?<!/)>(.*?)</draw:\1\s*>", re.S)
_PARAGRAPH = re.compile(rb"<text:p(?:\s[^>]*)?(?<!/)>(.*?)</text:p\s*>", re.S)
_TAG = re.compile(rb"<[^>]*>")
_FORMULA = re.compile(rb"<table:table-cell\s(?=[^>]*table:formula=)(?![^>]*office:value-type=)[^>]*>")
_REPEATED = re.compile(rb"number-columns-repeated=\"(\d{1,7})\"")


def with_frames(content: bytes, archive: zipfile.ZipFile, warnings: list[str]) -> bytes:
    """The content with the words of its frames. What is left out is added to `warnings`."""

    def frame(found: re.Match[bytes]) -> bytes:
        inner = found[1]
        said = max(_DESCRIPTION.findall(inner), key=len, default=b"").strip()
        told = b"<text:p>%b</text:p>" % said if said else b""
        if linked := _OBJECT.search(inner):
            numbers = _numbers(archive, unescape(linked[1].decode(errors="replace")), warnings)
            return _BOX % (told + numbers) if told or numbers else found[0]
        if _FOREIGN.search(inner):
            warnings.append(EMBEDDED)
        elif _PICTURE.search(inner):
            warnings.append(IMAGES)
        else:
            return found[0]
        return _BOX % told if told else found[0]

    return _FRAME.sub(frame, content)


def _numbers(archive: zipfile.ZipFile, folder: str, warnings: list[str]) -> bytes:
    """The table of a chart. A formula is an object too: the library reads it."""
    name = f"{folder}/content.xml"
    content = archive.read(name) if name in archive.namelist() else b""
    numbers = _NUMBERS.search(content)
    if not numbers and _CHART.search(content):
        warnings.append(CHARTS)
    return numbers[0] if numbers else b""


def words_beside_cells(content: bytes) -> list[list[str]]:
    """The paragraphs of text boxes and shapes of each sheet, because the library reads only cells."""
    return [list(_words(sheet)) for sheet in _SHEET.findall(content)]


def _words(sheet: bytes) -> Iterator[str]:
    for shape in _WORDS.findall(sheet):
        lines = (_TAG.sub(b"", line).decode(errors="replace") for line in _PARAGRAPH.findall(shape[1]))
        if text := "\n".join(filter(None, (unescape(line).strip() for line in lines))):
            yield text


def without_words(content: bytes) -> bytes:
    """The sheets without these shapes, whose paragraphs could be taken for those of a cell."""
    return _WORDS.sub(b"", content)


def formulas_without_result(content: bytes) -> int:
    """Cells of a sheet with a formula and no value."""
    repeated = (_REPEATED.search(cell) for cell in _FORMULA.findall(content))
    return sum(int(times[1]) if times else 1 for times in repeated)
