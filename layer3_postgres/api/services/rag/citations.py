"""Check the markers `[n]` of an answer while it streams, and remove those without a source."""

import re
from collections.abc import Collection, Iterator

MARKER = re.compile(r"\[\s*(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\s*\]")
"""`[1]`, and the lists and ranges that models write: `[1, 2]`, `[1-3]`."""
INCOMPLETE = re.compile(r"\[[\d\s,;–-]{0,40}$")
"""Text that may become a marker with the next token."""
RANGE = re.compile(r"(\d+)\s*[–-]\s*(\d+)")


class MarkerFilter:
    """Takes an answer piece by piece and returns it with only the valid markers, written as `[1][2]`.

    `removed` counts the markers of sources that do not exist: the model invented them. `used` lists the valid ones in
    the order of their first use.
    """

    def __init__(self, valid: Collection[int]) -> None:
        self.valid = valid
        self.removed = 0
        self.used: list[int] = []
        self._held = ""

    def feed(self, piece: str) -> str:
        """The text that can be sent now; a marker that may be incomplete is held back."""
        text = MARKER.sub(self._checked, self._held + piece)
        incomplete = INCOMPLETE.search(text)
        cut = incomplete.start() if incomplete else len(text)
        self._held = text[cut:]
        return text[:cut]

    def flush(self) -> str:
        """The text that was held back, at the end of the answer."""
        held, self._held = self._held, ""
        return held

    def _checked(self, match: re.Match[str]) -> str:
        kept = ""
        for number in _numbers(match[1]):
            if number not in self.valid:
                self.removed += 1
                continue
            if number not in self.used:
                self.used.append(number)
            kept += f"[{number}]"
        return kept


def unmarked(text: str) -> str:
    """The text with `(5)` for `[5]`, so that a footnote in a document is not taken for a marker of the answer."""
    return MARKER.sub(r"(\1)", text)


def claim_of(response: str, marker: int) -> str:
    """The sentence or line of the answer that ends in the marker: the claim that the source is cited for."""
    before = response.split(f"[{marker}]", 1)[0]
    sentence: str = re.split(r"(?<=[.!?。])\s+|\n", MARKER.sub("", before).rstrip())[-1]
    return sentence or before


def _numbers(inside: str) -> Iterator[int]:
    """The numbers of `1, 3-5`. Of a descending range only the ends count."""
    for part in re.split(r"[,;]", inside):
        ends = RANGE.fullmatch(part.strip())
        if ends and int(ends[1]) < int(ends[2]):
            yield from range(int(ends[1]), int(ends[2]) + 1)
        else:
            yield from map(int, re.findall(r"\d+", part))
