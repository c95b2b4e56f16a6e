"""One page of a PDF as it was read, and where its text stands when it is shown."""

from dataclasses import dataclass, replace

import pypdfium2 as pdfium

from api.adapters.parsing.ocr.reading import Reading
from api.adapters.parsing.pdf.garbled import is_garbled
from api.adapters.parsing.pdf.lines import Line

MORE = 3
"""Ratio of the letters on a picture to those of its text above which the picture is a scan."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The visible part of a page in points, `bottom` and `top` counted upwards, and its rotation: 0, 90, 180 or 270."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int = 0

    @classmethod
    def of(cls, page: pdfium.PdfPage) -> "Frame":
        left, bottom, right, top = page.get_cropbox()
        return cls(left, bottom, right, top, page.get_rotation())

    def from_top_left(self, x: float, y: float) -> tuple[float, float]:
        """A point of the page as a reader sees it: to the right and down from the upper left corner."""
        match self.rotation:
            case 90:
                return y - self.bottom, x - self.left
            case 180:
                return self.right - x, y - self.bottom
            case 270:
                return self.top - y, self.right - x
            case _:
                return x - self.left, self.top - y


@dataclass(frozen=True, slots=True)
class Page:
    """What was read from one page. `notes`: texts beside its lines, such as comments.

    `outside`, `unseen`: text was left out because it lies outside the page, or cannot be seen on it. `is_scan`: it is
    an image without text. `is_picture`: one image covers most of it, and it has little text, such as a stamp.
    `recognised`: what OCR read in place of the lines.
    """

    raw: str
    lines: list[Line]
    notes: list[str]
    frame: Frame
    outside: bool
    unseen: bool
    is_scan: bool
    is_picture: bool = False
    recognised: Reading | None = None

    @property
    def needs_ocr(self) -> bool:
        """Whether OCR can read more of it than its text says."""
        return self.recognised is None and (self.is_scan or self.is_picture or is_garbled(self.raw))

    def read_by_ocr(self, found: Reading) -> "Page":
        """The page with the lines that OCR found, those of its text among them; its own if OCR found little more."""
        if self.is_picture and len(found.text) < MORE * sum(len(line.text) for line in self.lines):
            return self
        return replace(self, raw=found.text, lines=found.lines, is_scan=False, recognised=found)

    @property
    def size(self) -> int:
        """Characters that are held."""
        return len(self.raw) + sum(map(len, self.notes)) + sum(len(line.text) for line in self.lines)
