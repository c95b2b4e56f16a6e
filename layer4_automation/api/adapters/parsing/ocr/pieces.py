"""The pieces of text that OCR finds in an image, straightened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import NamedTuple

LEAST_SLOPE = 0.003
"""Slope of lines that is corrected: less does not move a line's end by half its height."""
STEEPEST = 0.2
"""Slope above which the lines are taken for a picture's."""
WIDE = 5
"""Ratio of width to height of a piece whose slope can be told."""


class Corner(NamedTuple):
    """A point of an image, in pixels from its upper left corner."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Quad:
    """Recognised text with its corners: upper left, upper right, lower right, lower left, as the text is read."""

    text: str
    corners: tuple[Corner, Corner, Corner, Corner]

    @property
    def width(self) -> float:
        return max(c.x for c in self.corners) - min(c.x for c in self.corners)

    @property
    def height(self) -> float:
        return max(c.y for c in self.corners) - min(c.y for c in self.corners)


@dataclass(frozen=True, slots=True)
class Piece:
    """Recognised text and its box, in pixels to the right and down."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def lowered(self, by: int) -> "Piece":
        """The piece in an image whose part it was found in."""
        return replace(self, top=self.top + by, bottom=self.bottom + by)


def straightened(quads: Sequence[Quad]) -> list[Piece]:
    """The pieces as they lie on a page that was not laid askew."""
    slope = _slope(quads)
    return [_piece(quad, slope) for quad in quads]


def _slope(quads: Sequence[Quad]) -> float:
    """Median slope of the long lines; 0 if it is slight or too steep."""
    slopes = [_fall(quad) for quad in quads if quad.width > WIDE * quad.height / 2]
    slope = median(slopes) if slopes else 0.0
    return slope if LEAST_SLOPE < abs(slope) < STEEPEST else 0.0


def _fall(quad: Quad) -> float:
    first, second = quad.corners[:2]
    return (second.y - first.y) / (second.x - first.x) if second.x > first.x else 0.0


def _piece(quad: Quad, slope: float) -> Piece:
    corners = [Corner(c.x + slope * c.y, c.y - slope * c.x) for c in quad.corners]
    top = (corners[0].y + corners[1].y) / 2
    bottom = (corners[2].y + corners[3].y) / 2
    return Piece(quad.text.strip(), min(c.x for c in corners), top, max(c.x for c in corners), bottom)
