"""Decodes images with Pillow, of the extra `ocr`."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from api.services.parsing.errors import DocumentBomb, UnreadableDocument
from api.services.parsing.parser import IMAGES, TIFF

if TYPE_CHECKING:
    from PIL.Image import Image

DAMAGED = "The image is damaged or cut off."
DECODERS_RAISE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, AttributeError)
"""What Pillow's decoders raise on damaged images, some of it undocumented."""


class Pixels:
    """An image of one or more pages. `most`: the largest number of pixels of a page."""

    def __init__(self, image: "Image", most: int) -> None:
        self._image = image
        self._most = most
        self.count: int = getattr(image, "n_frames", 1) if image.format == IMAGES[TIFF] else 1
        self._check_size()

    def page(self, number: int) -> NDArray[np.uint8]:
        """A page (from 0): (height, width, 3), blue first, upright if its metadata says how it was taken.

        Raises `DocumentBomb` if it is too large.
        """
        from PIL import ImageOps

        self._image.seek(number)
        self._check_size()
        upright = ImageOps.exif_transpose(self._image)
        red_first = np.asarray(_on_white(upright), dtype=np.uint8)
        return np.ascontiguousarray(red_first[:, :, ::-1])

    def _check_size(self) -> None:
        pixels = self._image.width * self._image.height
        if pixels > self._most:
            raise DocumentBomb(f"The image has {pixels:,} pixels; the limit is {self._most:,} (OCR_PIXELS).")


@contextmanager
def opened(data: bytes, content_type: str, most: int) -> Iterator[Pixels]:
    """The image. Raises `UnreadableDocument` when it is damaged, `DocumentBomb` when it is too large."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # `most` is checked before a page is decoded
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about damaged metadata
            with Image.open(io.BytesIO(data), formats=[IMAGES[content_type]]) as image:
                yield Pixels(image, most)
    except DECODERS_RAISE as error:
        raise UnreadableDocument(DAMAGED) from error


def _on_white(image: "Image") -> "Image":
    """The image in colour, on white paper where it is transparent."""
    from PIL import Image

    if image.mode[0] in "IF":  # 16 or 32 bits of grey
        image = Image.fromarray(_in_eight_bits(np.asarray(image, dtype=np.float32)))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return image.convert("RGB")


def _in_eight_bits(grey: NDArray[Any]) -> NDArray[np.uint8]:
    values = np.nan_to_num(grey)
    least, most = float(values.min()), float(values.max())
    bright: NDArray[np.uint8] = ((values - least) * (255 / max(most - least, 1e-9))).astype(np.uint8)
    return bright
