"""Compares and mends the text of tables, whatever found them."""

import re
from collections import Counter

from api.adapters.parsing.pdf.hyphens import MARK

LOSS = 0.02
"""Greatest share of the characters of a region that may be missing or new."""

DIGITS = tuple("0123456789(")
_BEFORE, _BEHIND = re.compile(r"(.*\S)\s+([$€£¥])"), re.compile(r"([)%]{1,2})\s+(.*)")
_TYPOGRAPHY = re.compile(f"[{MARK}^\u2010-\u201f\u2022\u2212'\"*-]")
"""Characters that liteparse writes in another way, or leaves out on purpose."""
_TORN = re.compile(r"(\S+)- (\w+)")


def with_signs_moved(row: list[str]) -> list[str]:
    """The row with the signs at the edges of its cells at the numbers that they belong to."""
    for at in range(len(row) - 1):
        before, behind = _BEFORE.fullmatch(row[at]), _BEHIND.fullmatch(row[at + 1])
        if before and row[at + 1].startswith(DIGITS):
            row[at], row[at + 1] = before[1], f"{before[2]} {row[at + 1]}"
        elif behind and row[at].endswith(DIGITS):
            row[at], row[at + 1] = f"{row[at]}{behind[1]}", behind[2]
    return row


class Marks:
    """The signs that lines have and the cells of a table lack: of raised numbers, and of hyphens at line ends."""

    def __init__(self, lines: list[str]) -> None:
        raised = {word.replace("^", ""): word for line in lines if "^" in line for word in line.split() if "^" in word}
        self._raised = raised
        self._split = {line.rstrip(MARK).split()[-1] for line in lines if line.endswith(MARK) and line != MARK}

    def restored(self, text: str) -> str:
        """The text of a cell with these signs."""
        if self._raised:
            text = " ".join(self._raised.get(word, word) for word in text.split())
        return _TORN.sub(self._joined, text) if self._split else text

    def _joined(self, torn: re.Match[str]) -> str:
        return MARK.join(torn.groups()) if torn[1] in self._split else torn[0]


def with_words_in(lines: list[str], texts: list[list[str]]) -> list[bool]:
    """Which of the lines are in a table: most of their words are in its cells, and no later line needs them.

    Lines above a table may stand in its box. They come last, when the words of its own lines are used up.
    """
    left = Counter(word for row in texts for text in row for word in text.split())
    members = list[bool]()
    for line in lines:
        words = Counter(line.replace("^", "").split())
        found = words & left
        members.append(2 * found.total() > words.total())
        left -= found if members[-1] else Counter()
    return members


def is_within(line: str, cells: list[str]) -> bool:
    """Whether one of the cells has the whole line."""
    wanted = _plain(line)
    return any(wanted in _plain(cell) for cell in cells)


def _plain(text: str) -> str:
    return _TYPOGRAPHY.sub("", "".join(text.split()))


def says_the_same(lines: list[str], texts: list[str]) -> bool:
    """Whether the texts have the characters of the lines, in any order."""
    before, after = Counter(_plain("".join(lines))), Counter(_plain("".join(texts)))
    changed = (before - after).total() + (after - before).total()
    return changed <= LOSS * before.total()
