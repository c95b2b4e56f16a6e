"""Turns texts into vectors."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np

from api.errors import ModelNotFound, MyStackError
from api.services.embedding.encoder_threads import Encoder, Purpose, Vectors
from api.services.embedding.token_map import TokenCounter

BATCH_TEXTS = 32
BATCH_CHARS = 2_000
"""Padded characters per batch. Larger batches are hardly faster, and small ones keep every thread busy to the end."""


class TextTooLong(MyStackError):
    """A text is longer than the embedding model reads. Split it: nothing is cut silently."""

    status = 400
    code = "text_too_long"

    def __init__(self, index: int, wordpieces: int, window: int) -> None:
        super().__init__(f"input[{index}] has {wordpieces} wordpieces; the model reads {window}. Split it.")
        self.param = f"input[{index}]"


class WrongDimensions(MyStackError):
    """The embedding model has a fixed number of dimensions. Leave out `dimensions`."""

    status = 400
    code = "wrong_dimensions"


class Embedder(Protocol):
    """Vectors of unit length, float32. Vectors of different embedding spaces must never be compared."""

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), in the order of the texts."""
        ...

    async def embed_query(self, text: str) -> Vectors:
        """Shape (dimension,)."""
        ...


class SentenceEmbedder(Protocol):
    """Vectors of unit length for questions and sentences, which a request waits for."""

    async def embed_query(self, text: str) -> Vectors:
        """Shape (dimension,)."""
        ...

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension)."""
        ...


@dataclass(frozen=True)
class Space:
    """An embedding space, in which vectors are comparable. `name`: `model@revision/precision/dimension`."""

    name: str
    dimension: int


SpaceSource = Callable[[], Awaitable[Space]]
"""Gives the embedding space in use; it may change while the service runs. Raises `NotReady`."""


@dataclass(frozen=True)
class Counted:
    """Vectors, shape (texts, dimension). `tokens`: wordpieces of all texts together."""

    vectors: Vectors
    tokens: int
    space: Space


class Encoders(Protocol):
    """Runs the embedding model: in threads of this process, as `EncoderThreads`, or elsewhere.

    `threads`: document batches that are embedded in parallel.
    """

    threads: int

    def loaded(self) -> Encoder:
        """The model. Raises `NotReady` while it is loading, or if it cannot be loaded."""
        ...

    async def encoder(self) -> Encoder:
        """The model, as soon as it is loaded. Raises `NotReady`."""
        ...

    async def encode(self, purpose: Purpose, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension). Raises `EmbeddingFailed` and `NotReady`."""
        ...


class Embeddings:
    """The ports `Embedder` and `SentenceEmbedder`."""

    def __init__(self, encoders: Encoders) -> None:
        self.encoders = encoders

    async def check(self) -> str:
        """One sentence for /health. Raises `NotReady` while the model is loading, or if it cannot be loaded."""
        return f"{self.encoders.loaded().space} is loaded."

    async def space(self) -> Space:
        """Raises `NotReady`."""
        encoder = await self.encoders.encoder()
        return Space(encoder.space, encoder.dimension)

    def model(self) -> str:
        """The name of the model in use, without its organisation; it may change while the service runs.

        Raises `NotReady`.
        """
        return self.encoders.loaded().space.partition("@")[0]

    async def tokens(self) -> TokenCounter:
        """The model's own token counter. Raises `NotReady`."""
        return (await self.encoders.encoder()).tokens

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`. Texts are sorted by length first, because a batch is padded to its longest text."""
        vectors = np.empty((len(texts), (await self.space()).dimension), dtype=np.float32)

        async def embed(batch: list[int]) -> None:
            vectors[batch] = await self.encoders.encode(Purpose.DOCUMENT, [texts[i] for i in batch])

        # One batch per thread at a time, so that a book does not fill the queue in front of the next upload.
        remaining = batches([len(text) for text in texts])
        while parallel := list(islice(remaining, self.encoders.threads)):
            await asyncio.gather(*map(embed, parallel))
        return vectors

    async def embed_query(self, text: str) -> Vectors:
        """See `Embedder`."""
        vector: Vectors = (await self.embed_queries([text]))[0]
        return vector

    async def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See `SentenceEmbedder`."""
        return await self.encoders.encode(Purpose.QUESTION, texts)

    async def embed_counted(self, texts: Sequence[str], model: str | None, dimensions: int | None) -> Counted:
        """Vectors for a client of the API. Raises `ModelNotFound`, `WrongDimensions`, `TextTooLong`."""
        space, tokens = await self.space(), await self.tokens()
        name = space.name.split("@")[0]
        if model is not None and model != space.name and model.rsplit("/", 1)[-1] != name:
            raise ModelNotFound(f"Unknown embedding model {model!r}; the model is {name!r}.")
        if dimensions not in (None, space.dimension):
            raise WrongDimensions(f"The model has {space.dimension} dimensions; leave out `dimensions`.")
        counts = await asyncio.to_thread(lambda: [len(tokens.offsets(text)) for text in texts])
        too_long = next((i for i, count in enumerate(counts) if count > tokens.window), None)
        if too_long is not None:
            raise TextTooLong(too_long, counts[too_long], tokens.window)
        return Counted(await self.embed_documents(texts), sum(counts), space)


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The indexes of texts of similar length, batch by batch, shortest first."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) == BATCH_TEXTS or (len(batch) + 1) * lengths[index] > BATCH_CHARS):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
