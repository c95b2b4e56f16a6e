"""Groups the lines of a PDF page into paragraphs, headings and tables, by position and typeface.

A line continues the paragraph above it if it has the same typeface and lies directly below it in the same column, and
if no bullet, indent or short last line starts a new one. A line break inside a paragraph becomes a space, unless the
next word would have fitted on the line: then the break is deliberate, as in tables and addresses.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from api.adapters.parsing.pdf.hyphens import MARK
from api.adapters.parsing.pdf.lines import Line
from api.adapters.parsing.text_builder import Block

MAX_PITCH = 2.2
"""Baseline distance, in type sizes, above which two lines never share a paragraph (double spacing is about 2)."""
DEFAULT_PITCH = 1.25
LARGER = 1.15
"""Least ratio of the type size of a heading that is not bold to the body's."""
HEADING_CHARS = 150

_BULLET = re.compile(r"[•‣▪●○◦■□–—*-]\s|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]\s")
_NUMBER = re.compile(r"[($€£—–-]*[\d.,]*\d[%)\d]*|[$€£%—–()-]+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u3190-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)
"""Scripts without spaces between words: Chinese, Japanese, Thai, Lao, Burmese, Khmer. Korean has spaces."""
_SENTENCE_END = re.compile(r"[.!?:;。！？][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class Typography:
    """The type sizes of a document: the body's, and the larger ones of headings, largest first."""

    body: float
    larger: tuple[float, ...]
    bold_body: bool

    @classmethod
    def of(cls, pages: list[list[Line]]) -> "Typography":
        chars: Counter[float] = Counter()
        bold = total = 0
        for line in (line for page in pages for line in page):
            chars[line.size] += len(line.text)
            total += len(line.text)
            bold += len(line.text) if line.bold else 0
        body = chars.most_common(1)[0][0] if chars else 0.0
        larger = sorted((size for size in chars if size >= body * LARGER and size > 0), reverse=True)
        return cls(body, tuple(larger), bold > total / 2)

    def level(self, line: Line) -> int:
        """Heading level of a line by its typeface: 1 to 6, or 0 for body text."""
        if line.size in self.larger:
            return min(1 + self.larger.index(line.size), 5)
        if line.bold and not self.bold_body and line.size >= self.body:
            return min(1 + len(self.larger), 6)
        return 0


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page that was read in another way, such as a table: its `blocks` replace the lines so numbered."""

    lines: frozenset[int]
    blocks: tuple[Block, ...]


def blocks(page: list[Line], typography: Typography, regions: Sequence[Region] = ()) -> Iterator[Block]:
    """The blocks of one page, in the order in which the PDF draws them."""
    if not page:
        return
    left, right, pitch = min(line.left for line in page), max(line.right for line in page), _usual_pitch(page)
    for part in _parts(page, regions):
        if isinstance(part, Region):
            yield from part.blocks
            continue
        for paragraph in _paragraphs(part, pitch):
            text = _joined(paragraph)
            yield Block(text, _level(paragraph, text, typography, left, right))


def _parts(page: list[Line], regions: Sequence[Region]) -> Iterator[list[Line] | Region]:
    """The lines between the regions, and each region at the place of its first line."""
    places = {min(region.lines): region for region in regions}
    replaced = frozenset[int]().union(*(region.lines for region in regions))
    lines = list[Line]()
    for number, line in enumerate(page):
        if number in places:
            yield lines
            yield places[number]
            lines = []
        elif number not in replaced:
            lines.append(line)
    yield lines


def _paragraphs(lines: list[Line], pitch: float) -> Iterator[list[Line]]:
    paragraph = list[Line]()
    for line in lines:
        if paragraph and not _continues(paragraph, line, pitch):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _usual_pitch(page: list[Line]) -> float:
    """Median baseline distance on the page, in type sizes."""
    pitches = [(a.baseline - b.baseline) / b.size for a, b in pairwise(page) if b.size and a.size == b.size]
    pitches = [pitch for pitch in pitches if 0.9 <= pitch <= MAX_PITCH]
    return median(pitches) if pitches else DEFAULT_PITCH


def _continues(paragraph: list[Line], line: Line, pitch: float) -> bool:
    above = paragraph[-1]
    if not line.size or abs(line.size - above.size) > 0.1 * line.size or line.bold != above.bold:
        return False
    if _BULLET.match(line.text) or _BULLET.fullmatch(above.text):
        return False
    drop = (above.baseline - line.baseline) / line.size
    if drop < 0:  # the next column, where a sentence may continue
        return line.text[0].islower() and not _SENTENCE_END.search(above.text)
    same_column = line.left < above.right and line.right > above.left
    return drop <= min(pitch * 1.25, MAX_PITCH) and same_column and not _opens_paragraph(paragraph, line)


def _opens_paragraph(paragraph: list[Line], line: Line) -> bool:
    """Whether the line is indented, or the line above is short, after the end of a sentence."""
    above = paragraph[-1]
    if not _SENTENCE_END.search(above.text):
        return False
    right = max(max(member.right for member in paragraph[-3:]), line.right)
    indented = len(paragraph) > 1 and line.left > above.left + line.size
    return indented or above.right < right - 6 * line.size


def _joined(paragraph: list[Line]) -> str:
    right = max(line.right for line in paragraph)
    parts = [paragraph[0].text]
    for above, line in pairwise(paragraph):
        parts += _between(above, line, right), line.text
    return "".join(parts)


def _between(above: Line, line: Line, right: float) -> str:
    """What stands for the line break between two lines of a paragraph."""
    if above.text.endswith(MARK):
        return ""
    if _break_is_deliberate(above, line, right):
        return "\n"
    return "" if _UNSPACED.match(above.text[-1]) and _UNSPACED.match(line.text[0]) else " "


def _break_is_deliberate(above: Line, line: Line, right: float) -> bool:
    if _is_row(above.text):
        return True
    if line.baseline > above.baseline or line.text[0].islower():
        return False
    if _is_row(line.text):
        return True
    word = line.text.split(maxsplit=1)[0]
    width = len(word) * (line.right - line.left) / max(len(line.text), 1)
    return above.right + width + line.size < right


def _is_row(text: str) -> bool:
    """Whether the line is a table row: it ends in at least two numbers, or in one number and is short."""
    words = text.split()
    numbers = 0
    for word in reversed(words):
        if not _NUMBER.fullmatch(word):
            break
        numbers += 1
    return numbers >= 2 or (numbers == 1 and len(words) <= 6)


def _level(paragraph: list[Line], text: str, typography: Typography, left: float, right: float) -> int:
    """The heading level of a paragraph: 0 unless it is short, not a table row, and centred or near the left edge."""
    first = paragraph[0]
    level = min(typography.level(line) for line in paragraph) and typography.level(first)
    if not level or len(text) > HEADING_CHARS or text.endswith((":", ",", ";")):
        return 0
    if not any(c.isalpha() for c in text) or "\n" in text or (_is_row(text) and first.size not in typography.larger):
        return 0
    width = right - left
    centred = abs((first.left + first.right) - (left + right)) < 0.1 * width
    return level if centred or first.left < left + width / 3 else 0
