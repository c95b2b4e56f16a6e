"""Long images are cut between their lines."""

import numpy as np
import pytest
from numpy.typing import NDArray

from api.adapters.parsing.ocr.tiles import tiles


def striped(height: int, width: int) -> NDArray[np.uint8]:
    """A white image with a line of black strokes, 20 pixels high, every 40 pixels."""
    image = np.full((height, width, 3), 255, dtype=np.uint8)
    for top in range(10, height, 40):
        image[top : top + 20, ::3] = 0
    return image


def test_a_long_image_is_cut_where_it_cuts_no_line() -> None:
    image = striped(10_000, 800)
    parts = list(tiles(image))
    assert len(parts) > 5
    assert np.array_equal(np.concatenate([part for _, part in parts]), image)
    for top, part in parts:
        assert part.shape[0] <= 1_600
        assert np.array_equal(image[top : top + len(part)], part)
        assert not 10 < top % 40 < 30


@pytest.mark.parametrize(("height", "width"), [(1_754, 1_240), (1_900, 400), (40, 2_000), (3_000, 1_240)])
def test_a_usual_image_is_not_cut(height: int, width: int) -> None:
    ((top, part),) = tiles(striped(height, width))
    assert (top, part.shape) == (0, (height, width, 3))


@pytest.mark.parametrize(("height", "width"), [(1, 40_000), (1, 100), (100, 1)])
def test_an_image_that_is_a_line_has_no_text(height: int, width: int) -> None:
    assert list(tiles(striped(height, width))) == []
