"""Decide close calls between the first hits by their tokens: RERANKER=late_interaction.

A hit gains WEIGHT times what its text is nearer to the question, token by token, than that of the first hit.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from api.services.retrieval.reranking import CLOSE, WEIGHT
from api.services.retrieval.search import RERANKED, Hit


class Relevance(Protocol):
    """A model that reads a question and a text."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """For each text, from -1 to 1. Blocking. Raises `NotReady`."""
        ...


class LateInteractionReranker:
    """The port `Reranker`."""

    def __init__(self, model: Relevance) -> None:
        self.model = model

    async def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """See `Reranker`. The hits have their final scores."""
        close = [hit for hit in hits[:RERANKED] if hit.score >= hits[0].score - CLOSE]
        if len(close) < 2:
            return list(hits)
        scores = await asyncio.to_thread(self.model.scores, question, [hit.complete for hit in close])
        rescored = [
            replace(hit, score=hit.score + WEIGHT * (score - scores[0]))
            for hit, score in zip(close, scores, strict=True)
        ]
        return sorted([*rescored, *hits[len(close) :]], key=lambda hit: -hit.score)
