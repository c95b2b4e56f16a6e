"""Answer a turn from the documents: search, judge the evidence, answer, check every citation.

An answer holds at its end: a document that was deleted while a model wrote is not among the sources of the `done`
event, and its markers are gone from the response there. The tokens sent before cannot be taken back.
"""

import time
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from uuid import UUID

from api.services.chat.budget import estimate_tokens
from api.services.chat.language_model import LanguageModel, ModelInfo
from api.services.chat.models import Models
from api.services.chat.turn import Answer, Chat, ChatEvent, DoneEvent, SourcesEvent, TokenEvent, Turn, Usage
from api.services.documents.store import DocumentReader
from api.services.rag.answerability import ENOUGH, confidence
from api.services.rag.citations import MarkerFilter, claim_of
from api.services.rag.followup import standalone
from api.services.rag.prompt import (
    NO_DOCUMENTS,
    NOTHING_RELEVANT,
    REFUSALS,
    fitting,
    grounded_turn,
    quoted_answer,
    source,
)
from api.services.rag.quoting import Quote, Quoter
from api.services.retrieval.search import Hit, SearchService
from api.services.serving.queue import QuestionQueue


@dataclass(frozen=True)
class _Asked:
    """A turn, the question it comes to, who answers it, and when it came."""

    turn: Turn
    question: str
    model: ModelInfo
    started: float


class RagChat:
    """The `Chat` over documents; `chat` is the one without, which still answers where documents are not asked for."""

    def __init__(
        self,
        chat: Chat,
        *,
        models: Models,
        search: SearchService,
        queue: QuestionQueue,
        quoter: Quoter,
        reader: DocumentReader,
        use_rag: bool,
        top_k: int,
        system_prompt: str,
        max_tokens: int,
    ) -> None:
        self.chat = chat
        self.models = models
        self.search = search
        self.queue = queue
        self.quoter = quoter
        self.reader = reader
        self.use_rag = use_rag
        self.top_k = top_k
        self.system_prompt = system_prompt
        self.max_tokens = max_tokens

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """A sources event, token events, a done event; no sources event where documents are not asked for.

        Raises as `Chat` does, and `StoreUnavailable`, `NotReady` and `Overloaded`.
        """
        use_rag = self.use_rag if turn.use_rag is None else turn.use_rag
        async with aclosing(await self._events(turn) if use_rag else self.chat.stream(turn)) as events:
            async for event in events:
                yield event

    async def _events(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """Decide how the turn is answered; the model writes when others are searching again."""
        started = time.perf_counter()
        model, info = await self.models.choose(turn.model)
        asked = _Asked(turn, standalone(turn.message, turn.history), info, started)
        async with self.queue.turn():
            return await self._decided(asked, model)

    async def _decided(self, asked: _Asked, model: LanguageModel) -> AsyncGenerator[ChatEvent, None]:
        turn = asked.turn
        top_k = turn.top_k or self.top_k
        found = await self.search.search(asked.question, top_k, "hybrid", turn.filters, turn.document_ids)
        quotes = await self.quoter.quotes(asked.question, found.hits)
        enough = confidence(asked.question, found.hits, quotes) >= ENOUGH
        if enough and model.generates:
            return self._generated(asked, self._fitting(asked, found.hits))
        if enough:
            return self._quoted(asked, quotes)
        if turn.on_no_evidence == "answer":
            return self._generated(asked, ())
        empty = not found.hits and not await self.reader.documents(1, None, None)
        return self._refused(asked, NO_DOCUMENTS if empty else NOTHING_RELEVANT)

    async def _refused(self, asked: _Asked, reason: str) -> AsyncGenerator[ChatEvent, None]:
        text = REFUSALS[reason]
        yield SourcesEvent(())
        yield TokenEvent(text)
        yield DoneEvent(replace(_without_model(asked, text), refusal=reason))

    async def _quoted(self, asked: _Asked, quotes: Sequence[Quote]) -> AsyncGenerator[ChatEvent, None]:
        alive = await self._alive({quote.hit.document_id for quote in quotes})
        text, sources = quoted_answer([quote for quote in quotes if quote.hit.document_id in alive])
        if not sources:
            async for event in self._refused(asked, NOTHING_RELEVANT):
                yield event
            return
        yield SourcesEvent(sources)
        for line in text.splitlines(keepends=True):
            yield TokenEvent(line)
        yield DoneEvent(replace(_without_model(asked, text), grounded=True, sources=sources))

    async def _generated(self, asked: _Asked, hits: Sequence[Hit]) -> AsyncGenerator[ChatEvent, None]:
        """What the model writes from the hits; without any it writes from what it knows, and no marker is valid."""
        given = [source(n, await self.quoter.best_span(asked.question, hit)) for n, hit in enumerate(hits, start=1)]
        yield SourcesEvent(tuple(given))
        turn = grounded_turn(asked.turn, asked.question, hits) if hits else asked.turn
        markers = MarkerFilter(range(1, len(hits) + 1))
        pieces: list[str] = []
        async with aclosing(self.chat.stream(turn)) as events:
            async for event in events:
                pieces.append(markers.feed(event.text) if isinstance(event, TokenEvent) else markers.flush())
                if pieces[-1]:
                    yield TokenEvent(pieces[-1])
                if isinstance(event, DoneEvent):
                    yield DoneEvent(await self._checked(asked, event.answer, "".join(pieces), markers, hits))

    async def _checked(
        self, asked: _Asked, answer: Answer, response: str, markers: MarkerFilter, hits: Sequence[Hit]
    ) -> Answer:
        """The answer with the sources that it cites and that are still there, each cut to what carries the claim."""
        alive = await self._alive({hits[n - 1].document_id for n in markers.used})
        valid = [n for n in sorted(markers.used) if hits[n - 1].document_id in alive]
        outlived = MarkerFilter(valid)
        response = outlived.feed(response) + outlived.flush()
        spans = [await self.quoter.best_span(claim_of(response, n), hits[n - 1]) for n in valid]
        return replace(
            answer,
            response=response,
            grounded=bool(valid),
            sources=tuple(source(n, span) for n, span in zip(valid, spans, strict=True)),
            removed_markers=markers.removed + outlived.removed,
            latency_ms=_since(asked.started),
        )

    async def _alive(self, document_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of the documents that are visible now."""
        return {id for id in document_ids if await self.reader.document(id=id)}

    def _fitting(self, asked: _Asked, hits: Sequence[Hit]) -> Sequence[Hit]:
        """Reckons with what `ChatService` adds: the room for the answer, and the system prompt."""
        window = asked.model.context_window
        reserve = min(asked.turn.max_tokens or self.max_tokens, window // 2)
        return fitting(hits, asked.turn, asked.question, window - reserve - estimate_tokens(self.system_prompt))


def _without_model(asked: _Asked, response: str) -> Answer:
    """An answer that no model wrote; the usage is estimated like any other that nobody counted."""
    turn, model = asked.turn, asked.model
    usage = Usage(estimate_tokens(turn.message), estimate_tokens(response), estimated=True)
    return Answer(response, model.name, model.provider, usage, _since(asked.started), turn.request_id)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
