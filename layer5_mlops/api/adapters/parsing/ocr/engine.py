"""Recognises the text of an image with RapidOCR on OpenVINO. An optional extra: `pip install -e '.[ocr]'`."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from api.adapters.parsing.ocr.pieces import Corner, Piece, Quad, straightened
from api.adapters.parsing.ocr.tiles import tiles

Image = NDArray[np.uint8]
"""An image of shape (height, width, 3), blue first."""

THREADS = 1
"""The service keeps the other processor cores."""
LONGEST = 2_000
"""Longest side in pixels of what the model sees: a page of A4 at 170 dpi."""
TALL = 1.5
"""Ratio of height to width of a line that runs up or down."""
TURNED = 2
"""Letters that a piece needs to show which way it runs."""
DOUBTFUL = 0.9
"""Average probability of a letter below which a page may stand on its head; upright ones have .97 and more."""


class Recogniser:
    """The port `Recognises`; holds the models in memory."""

    def __init__(self) -> None:
        import cv2
        from rapidocr import EngineType, RapidOCR

        cv2.setNumThreads(THREADS)
        openvino = {f"{stage}.engine_type": EngineType.OPENVINO for stage in ("Det", "Rec")}
        self._ocr = RapidOCR(
            params={
                **openvino,
                "EngineConfig.openvino.inference_num_threads": THREADS,
                "Global.log_level": "critical",
                "Global.max_side_len": LONGEST,
            }
        )

    def pieces(self, image: Image) -> list[Piece]:
        """See `Recognises`."""
        return [piece.lowered(top) for top, tile in tiles(image) for piece in self._upright(tile)]

    def _upright(self, image: Image) -> list[Piece]:
        """The text of a page, which is turned first if it lies on its side or stands on its head."""
        found = self._found(image)
        if _is_on_its_side(found.quads):
            image = np.rot90(image)
            found = self._found(image)
        if found.sure < DOUBTFUL:
            found = max(found, self._found(np.rot90(image, 2)), key=lambda one: one.letters * one.sure)
        return straightened(found.quads)

    def _found(self, image: Image) -> "_Found":
        """Without the model's own check of single lines: it turns some of the longest that are upright."""
        found = self._ocr(np.ascontiguousarray(image), use_det=True, use_cls=False, use_rec=True)
        if found.boxes is None or getattr(found, "txts", None) is None:
            return _Found([], 0, 0.0)
        quads = [Quad(text, _corners(box)) for text, box in zip(found.txts, found.boxes, strict=True)]
        letters = sum(len(quad.text) for quad in quads)
        sure = sum(len(quad.text) * score for quad, score in zip(quads, found.scores, strict=True))
        return _Found([quad for quad in quads if quad.text.strip()], letters, sure / max(letters, 1))


class _Found(NamedTuple):
    """`sure`: how sure the model is of a letter on average, from 0 to 1."""

    quads: list[Quad]
    letters: int
    sure: float


def _corners(box: NDArray[np.float32]) -> tuple[Corner, Corner, Corner, Corner]:
    first, second, third, fourth = (Corner(float(x), float(y)) for x, y in box)
    return first, second, third, fourth


def _is_on_its_side(quads: list[Quad]) -> bool:
    words = [quad for quad in quads if len(quad.text.strip()) > TURNED]
    return sum(quad.height > TALL * quad.width for quad in words) > len(words) / 2
