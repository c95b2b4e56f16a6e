"""Caches the vectors of questions and sentences: popular questions repeat, and so do sentences of popular documents."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np

from api.services.embedding.cache_hits import note
from api.services.embedding.embeddings import Encoders
from api.services.embedding.encoder_threads import Encoder, Purpose, Vectors

MAX_ENTRIES = 8_192
"""Cached vectors, 1.5 kB each."""
MAX_CHARS = 4_000_000
"""Characters of all cached texts together."""
MAX_TEXT_CHARS = 1_000
"""Longer texts are not cached: they rarely repeat."""

Key = tuple[str, str]
"""Embedding space and text: after a switch to another model no vector of the old one is returned."""


class VectorCache:
    """The port `Encoders`, over another one that embeds what is not cached.

    Texts of documents are never cached, because each is embedded once.
    """

    def __init__(self, encoders: Encoders) -> None:
        self.encoders = encoders
        self.threads = encoders.threads
        self._vectors: OrderedDict[Key, Vectors] = OrderedDict()
        self._chars = 0

    def loaded(self) -> Encoder:
        """See `Encoders`."""
        return self.encoders.loaded()

    async def encoder(self) -> Encoder:
        """See `Encoders`."""
        return await self.encoders.encoder()

    async def encode(self, purpose: Purpose, texts: Sequence[str]) -> Vectors:
        """See `Encoders`. The array is the caller's own."""
        if purpose is Purpose.DOCUMENT:
            return await self.encoders.encode(purpose, texts)
        encoder = await self.encoders.encoder()
        if not texts:
            return np.empty((0, encoder.dimension), dtype=np.float32)
        space = encoder.space
        found = {text: self._vectors[space, text] for text in texts if (space, text) in self._vectors}
        for text in texts:
            note(text, hit=text in found)
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            vectors = await self.encoders.encode(purpose, missing)
            if (await self.encoders.encoder()).space != space:  # switched meanwhile: two spaces never mix
                return await self.encoders.encode(purpose, texts)
            # A row of the batch would keep the whole batch in memory.
            found.update((text, vector.copy()) for text, vector in zip(missing, vectors, strict=True))
        self._keep(space, found)
        return np.stack([found[text] for text in texts])

    def _keep(self, space: str, vectors: Mapping[str, Vectors]) -> None:
        """Make these the most recent entries, and evict the least recent ones until the bounds hold."""
        for text, vector in vectors.items():
            if len(text) > MAX_TEXT_CHARS:
                continue
            if (space, text) not in self._vectors:
                self._chars += len(text)
            self._vectors[space, text] = vector
            self._vectors.move_to_end((space, text))
        while len(self._vectors) > MAX_ENTRIES or self._chars > MAX_CHARS:
            (_, text), _ = self._vectors.popitem(last=False)
            self._chars -= len(text)
