"""A small, fast and deterministic embedding model: texts with the same words have similar vectors."""

import re
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from api.services.embedding.encoder_threads import Purpose
from api.services.embedding.token_map import TokenCounter

DIMENSION = 64


class FakeTokens:
    """Each word is a token."""

    window = 100

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]


class FakeEncoder:
    """Hashes words into dimensions. `calls`: the texts of each batch."""

    threads = 1
    space = f"fake@1/fp32/{DIMENSION}"
    dimension = DIMENSION
    tokens: TokenCounter = FakeTokens()

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def load(self) -> None:
        pass

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> NDArray[np.float32]:
        self.calls.append(list(texts))
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or ["nothing"]:
                row[zlib.crc32(word.encode()) % DIMENSION] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors
