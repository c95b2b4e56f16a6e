"""Answer a turn from the documents: search, judge the evidence, answer, check every citation.

The citations are checked once more at the end of the answer: a document that was deleted while a model wrote is not
among the sources of the `done` event, and its markers are removed from the response there. Tokens that were sent
before cannot be taken back.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from uuid import UUID

from api.services.chat.budget import estimate_tokens
from api.services.chat.cutting import cut
from api.services.chat.language_model import LanguageModel, ModelInfo
from api.services.chat.models import Models
from api.services.chat.turn import (
    Answer,
    Chat,
    ChatEvent,
    DoneEvent,
    FinishReason,
    SourcesEvent,
    TokenEvent,
    Turn,
    Usage,
)
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
from api.services.rag.quoting import Quote, Quotes
from api.services.retrieval.search import Hit, Search
from api.services.serving.queue import QuestionQueue


@dataclass(frozen=True)
class _Question:
    """A turn, the standalone question that is searched for it, the model that answers, and the time of arrival."""

    turn: Turn
    text: str
    model: ModelInfo
    started: float


class RagChat:
    """The `Chat` over documents. `chat` answers the turns that do not use them; `generation` writes from the hits.

    `search` is called from within a turn of the `queue`, so it must not wait for one itself.
    """

    def __init__(
        self,
        chat: Chat,
        *,
        generation: Chat,
        models: Models,
        search: Search,
        queue: QuestionQueue,
        quotes: Quotes,
        reader: DocumentReader,
        use_rag: bool,
        top_k: int,
        system_prompt: str,
        max_tokens: int,
    ) -> None:
        self.chat = chat
        self.generation = generation
        self.models = models
        self.search = search
        self.queue = queue
        self.quotes = quotes
        self.reader = reader
        self.use_rag = use_rag
        self.top_k = top_k
        self.system_prompt = system_prompt
        self.max_tokens = max_tokens

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """A sources event, token events, a done event; no sources event if the turn does not use documents.

        Raises as `Chat` does, and `StoreUnavailable`, `NotReady` and `Overloaded`.
        """
        use_rag = self.use_rag and not _is_task(turn) if turn.use_rag is None else turn.use_rag
        async with aclosing(await self._answer(turn) if use_rag else self.chat.stream(turn)) as events:
            async for event in events:
                yield event

    async def _answer(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """The events of the answer. The queue slot is free again before a model writes: others can search meanwhile."""
        started = time.perf_counter()
        model, info = await self.models.choose(turn.model)
        async with self.queue.turn():
            text = await asyncio.to_thread(standalone, turn.message, turn.history)
            return await self._found_answer(_Question(turn, text, info, started), model)

    async def _found_answer(self, question: _Question, model: LanguageModel) -> AsyncGenerator[ChatEvent, None]:
        """Search, and choose between a generated answer, quotes and a refusal."""
        turn = question.turn
        top_k = turn.top_k or self.top_k
        found = await self.search.search(question.text, top_k, "hybrid", turn.filters, turn.document_ids)
        quotes = await self.quotes.quotes(question.text, found.hits)
        enough = confidence(question.text, found.hits, quotes) >= ENOUGH
        if enough and model.generates:
            return self._generated(question, self._fitting(question, found.hits))
        if enough:
            return self._quoted(question, quotes)
        if turn.on_no_evidence == "answer" or (model.generates and turn.options.offers_tools):
            return self._generated(question, ())
        empty = not found.hits and not await self.reader.documents(1, None, None)
        return self._refused(question, NO_DOCUMENTS if empty else NOTHING_RELEVANT)

    async def _refused(self, question: _Question, reason: str) -> AsyncGenerator[ChatEvent, None]:
        text, ending = _cut(question.turn, REFUSALS[reason])
        yield SourcesEvent(())
        yield TokenEvent(text)
        yield DoneEvent(replace(_without_model(question, text), refusal=reason, finish_reason=ending))

    async def _quoted(self, question: _Question, quotes: Sequence[Quote]) -> AsyncGenerator[ChatEvent, None]:
        visible = await self._visible({quote.hit.document_id for quote in quotes})
        text, sources = quoted_answer([quote for quote in quotes if quote.hit.document_id in visible])
        if not sources:
            async for event in self._refused(question, NOTHING_RELEVANT):
                yield event
            return
        text, ending = _cut(question.turn, text)
        sources = tuple(s for s in sources if f"[{s.marker}]" in text) or sources[:1]
        yield SourcesEvent(sources)
        for line in text.splitlines(keepends=True):
            yield TokenEvent(line)
        yield DoneEvent(replace(_without_model(question, text), grounded=True, sources=sources, finish_reason=ending))

    async def _generated(self, question: _Question, hits: Sequence[Hit]) -> AsyncGenerator[ChatEvent, None]:
        """An answer that the model writes from the hits. Without hits it is ungrounded, and every marker is removed."""
        given = [source(n, await self.quotes.best_span(question.text, hit)) for n, hit in enumerate(hits, start=1)]
        yield SourcesEvent(tuple(given))
        turn = grounded_turn(question.turn, question.text, hits) if hits else question.turn
        markers = MarkerFilter(range(1, len(hits) + 1))
        pieces: list[str] = []
        async with aclosing(self.generation.stream(turn)) as events:
            async for event in events:
                pieces.append(markers.feed(event.text) if isinstance(event, TokenEvent) else markers.flush())
                if pieces[-1]:
                    yield TokenEvent(pieces[-1])
                if isinstance(event, DoneEvent):
                    yield DoneEvent(await self._checked(question, event.answer, "".join(pieces), markers, hits))

    async def _checked(
        self, question: _Question, answer: Answer, response: str, markers: MarkerFilter, hits: Sequence[Hit]
    ) -> Answer:
        """The answer with the cited sources that are still visible, each cut to the span that carries its claim."""
        visible = await self._visible({hits[n - 1].document_id for n in markers.used})
        valid = [n for n in sorted(markers.used) if hits[n - 1].document_id in visible]
        visible_markers = MarkerFilter(valid)
        response = visible_markers.feed(response) + visible_markers.flush()
        spans = [await self.quotes.best_span(claim_of(response, n), hits[n - 1]) for n in valid]
        return replace(
            answer,
            response=response,
            grounded=bool(valid),
            sources=tuple(source(n, span) for n, span in zip(valid, spans, strict=True)),
            removed_markers=markers.removed + visible_markers.removed,
            latency_ms=_since(question.started),
        )

    async def _visible(self, document_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of the documents that are visible now."""
        return await self.reader.visible(document_ids) if document_ids else ()

    def _fitting(self, question: _Question, hits: Sequence[Hit]) -> Sequence[Hit]:
        """The hits that fit into the model's window beside the answer and the system prompt, which `chat` adds."""
        window = question.model.context_window
        reserve = min(question.turn.max_tokens or self.max_tokens, window // 2)
        return fitting(hits, question.turn, question.text, window - reserve - estimate_tokens(self.system_prompt))


def _without_model(question: _Question, response: str) -> Answer:
    """An answer that no model wrote; its usage is an estimate."""
    turn, model = question.turn, question.model
    usage = Usage(estimate_tokens(turn.message), estimate_tokens(response), estimated=True)
    return Answer(response, model.name, model.provider, usage, _since(question.started), turn.request_id)


def _is_task(turn: Turn) -> bool:
    """Whether the answer must be JSON, or continues from a tool's result: the documents have no part in it then."""
    return turn.options.wants_json or any(message.role == "tool" for message in turn.after)


def _cut(turn: Turn, text: str) -> tuple[str, FinishReason]:
    return cut(text, turn.max_tokens, turn.options.stop)


def _since(started: float) -> float:
    """Milliseconds."""
    return round((time.perf_counter() - started) * 1000, 1)
