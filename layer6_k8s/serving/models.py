"""What the replicas run. It knows nothing of Ray, so that it is tested without it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from api.adapters.embedding.model_files import find_model
from api.adapters.embedding.model_tokens import ModelTokens
from api.adapters.embedding.onnx import OnnxEncoder
from api.adapters.embedding.openvino import OpenVinoEncoder
from api.errors import NotReady
from api.services.embedding.embeddings import batches
from api.services.embedding.encoder_threads import Encoder, Purpose, Vectors
from api.services.embedding.prefixes import prefixes_of
from api.services.embedding.token_map import TokenCounter

BACKENDS = ("openvino-int8", "openvino-fp32", "onnx-int8", "onnx-fp32")
CHANGED = "The model was replaced while the request ran. Send it again."


@dataclass(frozen=True)
class Chosen:
    """The model that is served, as the application's settings name it: see EMBEDDING_MODEL and its neighbours."""

    model: str = "sentence-transformers/all-MiniLM-L6-v2"
    path: str | None = None
    backend: str = "openvino-int8"

    @property
    def folder(self) -> Path | None:
        return Path(self.path) if self.path else None


@dataclass(frozen=True)
class Embedded:
    """Vectors, shape (texts, dimension), and the space that they are in."""

    space: str
    vectors: Vectors


def encoder_of(chosen: Chosen) -> Encoder:
    """The model, not loaded yet."""
    match chosen.backend:
        case "openvino-int8":
            return OpenVinoEncoder(chosen.model, chosen.folder, "int8")
        case "openvino-fp32":
            return OpenVinoEncoder(chosen.model, chosen.folder, "fp32")
        case "onnx-int8":
            return OnnxEncoder(chosen.model, chosen.folder, "int8")
        case "onnx-fp32":
            return OnnxEncoder(chosen.model, chosen.folder, "fp32")
    raise ValueError(f"unknown backend {chosen.backend!r}; there are {', '.join(BACKENDS)}")


async def embedded(encoder: Encoder, requests: Sequence[Sequence[str]]) -> list[Embedded]:
    """The vectors of several requests, computed together: in batches of similar length, one after the other."""
    texts = [text for request in requests for text in request]
    vectors = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    for rows in batches([len(text) for text in texts]):
        batch = [texts[row] for row in rows]
        vectors[rows] = await asyncio.to_thread(encoder.encode, batch, Purpose.QUESTION)
    ends = np.cumsum([len(request) for request in requests])[:-1]
    return [Embedded(encoder.space, part) for part in np.split(vectors, ends)]


class Replicas(Protocol):
    """The replicas that embed, reached over the network."""

    async def embed(self, texts: Sequence[str]) -> Embedded: ...

    async def describe(self) -> tuple[str, int]:
        """Space and dimension."""
        ...


class Described:
    """The port `Encoder` as far as its facts go: the computing is done by replicas."""

    threads = 1

    def __init__(self, space: str, dimension: int, tokens: TokenCounter) -> None:
        self.space = space
        self.dimension = dimension
        self.tokens = tokens

    def load(self) -> None: ...

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> Vectors:
        raise NotReady("The model runs in replicas.")


class ReplicatedEncoders:
    """The port `Encoders`, over replicas. A rolling update may change their model: two spaces are never mixed."""

    threads = 8

    def __init__(self, replicas: Replicas, chosen: Chosen) -> None:
        self.replicas = replicas
        folder = find_model(chosen.model, chosen.folder)
        self._prefixes = prefixes_of(chosen.model)
        self._tokens = ModelTokens(folder, self._prefixes)
        self._described: Described | None = None

    def loaded(self) -> Encoder:
        """See `Encoders`."""
        if self._described is None:
            raise NotReady
        return self._described

    async def encoder(self) -> Encoder:
        """See `Encoders`."""
        if self._described is None:
            space, dimension = await self.replicas.describe()
            self._described = Described(space, dimension, self._tokens)
        return self._described

    async def encode(self, purpose: Purpose, texts: Sequence[str]) -> Vectors:
        """See `Encoders`."""
        space = (await self.encoder()).space
        found = await self.replicas.embed(self._prefixes.added(texts, purpose))
        if found.space != space:
            self._described = None
            raise NotReady(CHANGED)
        return found.vectors
