"""Cuts long images, such as receipts and screenshots of whole web pages, which the model would see too small."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONG = 2.5
"""Ratio of height to width above which an image is cut."""
LEAST_HEIGHT = 2_000
"""Pixels of height below which it is not: the model sees all of them."""
TILE = 2.0
"""Ratio of height to width of a tile, at most."""
SEARCHED = 0.3
"""Share of a tile, at its foot, in which the emptiest row is looked for."""
THIN = 60
"""Ratio of the sides above which an image has no text that can be read."""


def tiles(image: NDArray[np.uint8]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The parts of the image from the top down, each with its distance from the top in pixels."""
    height, width = image.shape[:2]
    if height <= max(LONG * width, LEAST_HEIGHT):
        if THIN * min(height, width) >= max(height, width):
            yield 0, image
        return
    step = int(max(TILE * width, LEAST_HEIGHT / 2))
    top = 0
    while height - top > step:
        end = _emptiest(image, top + int((1 - SEARCHED) * step), top + step)
        yield top, image[top:end]
        top = end
    yield top, image[top:]


def _emptiest(image: NDArray[np.uint8], start: int, end: int) -> int:
    """The row between two others that differs least from one colour: it cuts no letter."""
    spread: NDArray[Any] = image[start:end].astype(np.float32).std(axis=1).sum(axis=1)
    empty = np.flatnonzero(spread <= spread.min() + 1)
    return start + int(empty[len(empty) // 2]) + 1
