"""Recognises the text of an image with RapidOCR on OpenVINO. Needs the extra `ocr`.

Imported by the process that reads one document, when that has a scan: both libraries start threads, after which a
process must not fork.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidocr import EngineType, RapidOCR

from api.adapters.parsing.ocr.pieces import Corner, Piece, Quad, straightened

Image = NDArray[np.uint8]
"""An image of shape (height, width, 3), blue first."""

THREADS = 1
"""The service keeps the other processor cores."""
SIDE = 2_000
"""Longest side in pixels of what the model sees: a page of A4 at 170 dpi."""
TALL = 1.5
"""Ratio of height to width of a line that runs up or down."""
TURNED = 2
"""Letters that a piece needs to show which way it runs."""
SAMPLES = 9
"""Lines that are asked whether the page stands on its head."""
SURE = 0.9


class Recogniser:
    """Holds the models in memory."""

    def __init__(self) -> None:
        cv2.setNumThreads(THREADS)
        openvino = {f"{stage}.engine_type": EngineType.OPENVINO for stage in ("Det", "Cls", "Rec")}
        self._ocr = RapidOCR(
            params={
                **openvino,
                "EngineConfig.openvino.inference_num_threads": THREADS,
                "Global.log_level": "critical",
                "Global.max_side_len": SIDE,
            }
        )

    def pieces(self, image: Image) -> list[Piece]:
        """The text of the image, in no particular order. A page that lies on its side or head is turned first."""
        quads = self._quads(image)
        if _is_on_its_side(quads):
            image = np.ascontiguousarray(np.rot90(image))
            quads = self._quads(image)
        if self._is_on_its_head(image, quads):
            quads = self._quads(np.ascontiguousarray(np.rot90(image, 2)))
        return straightened(quads)

    def _quads(self, image: Image) -> list[Quad]:
        found = self._ocr(image, use_det=True, use_cls=True, use_rec=True)
        if getattr(found, "txts", None) is None or found.boxes is None:
            return []
        return [
            Quad(text, tuple(Corner(float(x), float(y)) for x, y in box))
            for text, box in zip(found.txts, found.boxes, strict=True)
            if text.strip()
        ]

    def _is_on_its_head(self, image: Image, quads: list[Quad]) -> bool:
        """Whether most of the longest lines are upside down."""
        longest = sorted(quads, key=lambda quad: quad.width, reverse=True)[:SAMPLES]
        turned = [self._is_upside_down(_crop(image, quad)) for quad in longest if quad.width > quad.height]
        return sum(turned) > len(turned) / 2

    def _is_upside_down(self, line: Image) -> bool:
        found = self._ocr(line, use_det=False, use_cls=True, use_rec=False)
        return any(label == "180" and score > SURE for label, score in found.cls_res or ())


def _is_on_its_side(quads: list[Quad]) -> bool:
    words = [quad for quad in quads if len(quad.text.strip()) > TURNED]
    return sum(quad.height > TALL * quad.width for quad in words) > len(words) / 2


def _crop(image: Image, quad: Quad) -> Image:
    left, top = (max(0, int(min(values))) for values in zip(*quad.corners, strict=True))
    return image[top : top + int(quad.height) + 1, left : left + int(quad.width) + 1]
