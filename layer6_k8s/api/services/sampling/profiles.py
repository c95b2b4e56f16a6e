"""Profiles of weeks: made from stored answers, and compared with the reference week."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from api.services.embedding.embeddings import Embeddings
from api.services.sampling.drift import LEAST, Profile, drift
from api.services.serving.clock import now
from api.services.text.languages import language_of

QUESTIONS = 1_000
"""The last ones of a week that are read."""
OTHER = "?"


@dataclass(frozen=True)
class Exchange:
    """A question to the documents. `refusal`: the reason, None if it was answered; `score`: of the best source."""

    question: str
    refusal: str | None
    score: float | None


class ProfileStore(Protocol):
    """All methods raise `StoreUnavailable`."""

    async def exchanges(self, limit: int) -> Sequence[Exchange]:
        """Those of the last seven days, newest first."""
        ...

    async def reference(self) -> Profile | None: ...

    async def set_reference(self, profile: Profile) -> None:
        """Unless there is one already."""
        ...

    async def add_drift(self, profile: Profile, measures: Mapping[str, float]) -> None: ...

    async def drift(self) -> Mapping[str, float]:
        """What was measured last, within seven days; else empty."""
        ...


class Profiler:
    def __init__(self, store: ProfileStore, embedder: Embeddings) -> None:
        self.store = store
        self.embedder = embedder

    async def compare(self) -> None:
        """Compare the last seven days with the reference: the first week that has enough answers becomes that."""
        exchanges = await self.store.exchanges(QUESTIONS)
        if len(exchanges) < LEAST:
            return
        profile = await self._profile(exchanges)
        reference = await self.store.reference()
        if reference is None:
            await self.store.set_reference(profile)
        else:
            await self.store.add_drift(profile, drift(reference, profile))

    async def _profile(self, exchanges: Sequence[Exchange]) -> Profile:
        vectors = await self.embedder.embed_queries([exchange.question for exchange in exchanges])
        return Profile(
            now(),
            len(exchanges),
            scores=[exchange.score for exchange in exchanges if exchange.score is not None],
            refusals=dict(Counter(exchange.refusal or "answered" for exchange in exchanges)),
            languages=dict(Counter(language_of(exchange.question) or OTHER for exchange in exchanges)),
            vector=[round(float(value), 6) for value in np.mean(vectors, axis=0)],
            space=(await self.embedder.space()).name,
        )
