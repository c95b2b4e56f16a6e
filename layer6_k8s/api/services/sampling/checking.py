"""Look at a stored answer again: its quotes, its claims, and what the service would answer now."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from api.errors import MyStackError
from api.services.chat.turn import Answer, Chat, Message, Turn, answer_of
from api.services.conversations.conversations import StoredSource
from api.services.documents.store import DocumentReader
from api.services.parsing.errors import DocumentNotFound
from api.services.rag.checking.support import SupportCheck
from api.services.rag.citations import citations, unmarked
from api.services.retrieval.search import Hit
from api.services.sampling.samples import Asked, Sample


class Checker:
    """`chat` answers as the service is set now, without any A/B test; without it, nothing is answered again."""

    def __init__(self, reader: DocumentReader, support: SupportCheck, chat: Chat | None) -> None:
        self.reader = reader
        self.support = support
        self.chat = chat

    async def check(self, asked: Asked) -> Sample:
        """Raises `StoreUnavailable`, and what `SupportCheck` raises."""
        present = [source for source in asked.sources if not source.deleted]
        different = [source for source in present if not await self._is_equal(source)]
        claims = _supported(asked, present)
        sample = Sample(
            asked.message_id,
            asked.at,
            claims=len(claims),
            lost=await self._lost(claims, present),
            sources=len(asked.sources),
            different=len(different),
            deleted=len(asked.sources) - len(present),
            refused=asked.refused,
        )
        again = await self._again(asked)
        if again is None:
            return sample
        overlap = _overlap({source.chunk_id for source in present}, {source.chunk_id for source in again.sources})
        return replace(sample, again_refused=again.refusal is not None, again_grounded=again.grounded, overlap=overlap)

    async def _is_equal(self, source: StoredSource) -> bool:
        try:
            text = await self.reader.text(source.document_id, source.start, source.end)
        except DocumentNotFound:  # deleted since the answer was read
            return True
        return text.text == source.quote

    async def _lost(self, claims: Sequence[str], sources: Sequence[StoredSource]) -> int:
        """How many of the claims no source supports any more. What is quoted word for word needs no comparison."""
        texts = [" ".join(unmarked(source.chunk_text or "").split()) for source in sources]
        said = [claim for claim in claims if not any(claim in text for text in texts)]
        if not said:
            return 0
        verdicts = await self.support.check(said, await self.support.read([_hit(source) for source in sources]))
        return sum(verdict.support != "supported" for verdict in verdicts)

    async def _again(self, asked: Asked) -> Answer | None:
        """The answer that is given now; None if no model answers."""
        if self.chat is None:
            return None
        history = tuple(Message(_role(role), content) for role, content in asked.history)
        try:
            return await answer_of(self.chat.stream(Turn(asked.question, history, use_rag=True, request_id="sample")))
        except MyStackError:
            return None


def _role(role: str) -> Any:
    return "user" if role == "user" else "assistant"


def _supported(asked: Asked, present: Sequence[StoredSource]) -> list[str]:
    """The claims that were supported by sources that are all there, as plain sentences."""
    markers = {source.marker for source in present}
    claims = [
        claim
        for claim in asked.answer["claims"]
        if claim["support"] == "supported" and {one["marker"] for one in claim["evidence"]} <= markers
    ]
    return [_plain(asked.response[claim["start"] : claim["end"]], markers) for claim in claims]


def _plain(claim: str, markers: Collection[int]) -> str:
    """The claim without its markers, which may stand before its full stop, and without quotation marks."""
    for citation in reversed(citations(claim, markers)):
        claim = claim[: citation.start].rstrip() + claim[citation.end :]
    return " ".join(unmarked(claim).strip("“” \n").split())


def _hit(source: StoredSource) -> Hit:
    text, start = source.chunk_text or "", source.chunk_start or 0
    identity = source.document_id, source.filename, source.chunk_id or source.document_id
    return Hit(
        *identity, source.page, start, start + len(text), text, source.score, None, None, source.chunk_heading or ""
    )


def _overlap(then: set[Any], now: set[Any]) -> float:
    """1 if both are empty."""
    return len(then & now) / len(then | now) if then | now else 1.0
