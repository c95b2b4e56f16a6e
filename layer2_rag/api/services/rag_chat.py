"""Answer a turn from the documents: search, judge the evidence, answer, check every citation."""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from api.services.budget import estimate_tokens
from api.services.citations import MarkerFilter, claim_of
from api.services.evidence import NO_DOCUMENTS, judge
from api.services.followup import standalone
from api.services.grounding import fitting, grounded_turn, quoted_answer, refusal_text, source
from api.services.library import Catalogue
from api.services.models import Models
from api.services.quoting import Quote, Quoter
from api.services.search import Hit, SearchService
from api.services.turn import Answer, Chat, ChatEvent, DoneEvent, Source, SourcesEvent, TokenEvent, Turn, Usage


class RagChat:
    """The `Chat` over documents; `chat` is the one without, which still answers where documents are not asked for."""

    def __init__(
        self,
        chat: Chat,
        *,
        models: Models,
        search: SearchService,
        quoter: Quoter,
        catalogue: Catalogue,
        top_k: int,
        max_tokens: int,
    ) -> None:
        self.chat = chat
        self.models = models
        self.search = search
        self.quoter = quoter
        self.catalogue = catalogue
        self.top_k = top_k
        self.max_tokens = max_tokens

    async def answer(self, turn: Turn) -> Answer:
        """The whole answer at once. Raises what `stream` raises."""
        async with aclosing(self.stream(turn)) as events:
            async for event in events:
                if isinstance(event, DoneEvent):
                    return event.answer
        raise AssertionError("a stream ends with a DoneEvent")

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """A sources event, token events, a done event. Raises as `Chat` does, and `StoreUnavailable`."""
        async with aclosing(await self._events(turn)) as events:
            async for event in events:
                yield event

    async def _events(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """Decide how the turn is answered."""
        if not turn.use_rag:
            return self.chat.stream(turn)
        started = time.perf_counter()
        question = standalone(turn.message, turn.history)
        top_k = turn.top_k or self.top_k
        found = await self.search.search(question, top_k, "hybrid", turn.filters, turn.document_ids)
        quotes = await self.quoter.quotes(question, found.hits)
        verdict = judge(question, found.hits, quotes)
        if not verdict.enough and turn.on_no_evidence == "answer":
            return self.chat.stream(turn)
        if not verdict.enough:
            empty = not found.hits and not await self.catalogue.documents(1, None, None)
            return self._refused(turn, NO_DOCUMENTS if empty else verdict.reason or "", started)
        model, info = await self.models.choose(turn.model)
        if not model.generates:
            return self._quoted(turn, quotes, started)
        hits = fitting(found.hits, info.context_window, turn.max_tokens or self.max_tokens)
        return self._generated(turn, question, hits, started)

    async def _refused(self, turn: Turn, reason: str, started: float) -> AsyncGenerator[ChatEvent, None]:
        yield SourcesEvent(())
        text = refusal_text(reason)
        yield TokenEvent(text)
        yield DoneEvent(replace(await self._without_model(turn, text, started), refusal=reason))

    async def _quoted(self, turn: Turn, quotes: Sequence[Quote], started: float) -> AsyncGenerator[ChatEvent, None]:
        text, sources = quoted_answer(quotes)
        yield SourcesEvent(sources)
        for line in text.splitlines(keepends=True):
            yield TokenEvent(line)
        yield DoneEvent(replace(await self._without_model(turn, text, started), grounded=True, sources=sources))

    async def _generated(
        self, turn: Turn, question: str, hits: Sequence[Hit], started: float
    ) -> AsyncGenerator[ChatEvent, None]:
        yield SourcesEvent(tuple([await self._source(n, hit, question) for n, hit in enumerate(hits, start=1)]))
        markers = MarkerFilter(len(hits))
        pieces: list[str] = []
        async with aclosing(self.chat.stream(grounded_turn(turn, question, hits))) as events:
            async for event in events:
                pieces.append(markers.feed(event.text) if isinstance(event, TokenEvent) else markers.flush())
                if pieces[-1]:
                    yield TokenEvent(pieces[-1])
                if isinstance(event, DoneEvent):
                    yield DoneEvent(await self._checked(event.answer, "".join(pieces), markers, hits, started))

    async def _checked(
        self, answer: Answer, response: str, markers: MarkerFilter, hits: Sequence[Hit], started: float
    ) -> Answer:
        """The answer with the sources that it cites, each cut to the sentence that carries the claim."""
        cited = [await self._source(n, hits[n - 1], claim_of(response, n)) for n in sorted(markers.used)]
        return replace(
            answer,
            response=response,
            grounded=bool(cited),
            sources=tuple(cited),
            removed_markers=markers.removed,
            latency_ms=_since(started),
        )

    async def _source(self, marker: int, hit: Hit, claim: str) -> Source:
        return source(marker, hit, await self.quoter.best_span(claim, hit))

    async def _without_model(self, turn: Turn, response: str, started: float) -> Answer:
        """An answer that no model wrote; the usage is estimated like any other that nobody counted."""
        model, info = await self.models.choose(turn.model)
        usage = Usage(estimate_tokens(turn.message), estimate_tokens(response), estimated=True)
        return Answer(response, info.name, model.provider, usage, _since(started), turn.request_id)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
