"""The port to the engine that recognises text, and its start."""

from typing import Any, Protocol

from api.adapters.parsing.ocr.engine import Recogniser
from api.adapters.parsing.ocr.pieces import Piece


class Recognises(Protocol):
    """Finds text in images, arrays of shape (height, width, 3), blue first."""

    def pieces(self, image: Any) -> list[Piece]:
        """The text of the image, in no particular order, as it stands on the upright page."""
        ...


def start_recogniser() -> Recognises:
    """Loads the libraries of the extra `ocr`, which takes a second and much memory: only where a scan is read.

    Both libraries start threads, after which a process must not fork.
    """
    return Recogniser()
