"""A question under way, and the answers to it that no model writes."""

import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from api.services.chat.budget import estimate_tokens
from api.services.chat.cutting import cut
from api.services.chat.language_model import ModelInfo
from api.services.chat.turn import (
    Answer,
    ChatEvent,
    Claim,
    DoneEvent,
    Source,
    SourcesEvent,
    TokenEvent,
    Turn,
    Usage,
)
from api.services.documents.store import DocumentReader
from api.services.rag.prompt import NOTHING_RELEVANT, REFUSALS, listed_answer, quoted_answer, source
from api.services.rag.quoting.completion import completed
from api.services.rag.quoting.headers import headers_of
from api.services.rag.quoting.naming import subject_of, with_antecedent
from api.services.rag.quoting.quoter import Quote
from api.services.rag.topics import PARTIAL

NEAREST = 3
"""Passages that a refusal shows at most."""


@dataclass(frozen=True)
class Question:
    """A turn, the standalone question that is searched for it, the model that answers, and the time of arrival."""

    turn: Turn
    text: str
    model: ModelInfo
    started: float

    def milliseconds(self) -> float:
        """The time since its arrival."""
        return round((time.perf_counter() - self.started) * 1000, 1)


def written(question: Question, text: str) -> Answer:
    """An answer that no model wrote, cut where the turn says so; its usage is an estimate."""
    turn, model = question.turn, question.model
    response, ending = cut(text, turn.max_tokens, turn.options.stop)
    usage = Usage(estimate_tokens(turn.message), estimate_tokens(response), estimated=True)
    milliseconds = question.milliseconds()
    return Answer(response, model.name, model.provider, usage, milliseconds, turn.request_id, finish_reason=ending)


def refusal(question: Question, reason: str) -> Answer:
    """A refusal for one of the reasons of `REFUSALS`."""
    return replace(written(question, REFUSALS[reason]), refusal=reason)


async def refused(question: Question, reason: str, quotes: Sequence[Quote], reader: DocumentReader) -> Answer:
    """A refusal with the nearest passages. Raises `StoreUnavailable`."""
    return replace(refusal(question, reason), nearest=await nearest(quotes, reader))


async def nearest(quotes: Sequence[Quote], reader: DocumentReader) -> tuple[Source, ...]:
    """The first quotes whose documents are still visible, for a refusal. Raises `StoreUnavailable`."""
    kept = await _visible(quotes, reader)
    return tuple(
        source(number, one.hit, one.start, one.end, one.text) for number, one in enumerate(kept[:NEAREST], start=1)
    )


async def _visible(quotes: Sequence[Quote], reader: DocumentReader) -> list[Quote]:
    visible = await reader.visible({quote.hit.document_id for quote in quotes}) if quotes else ()
    return [quote for quote in quotes if quote.hit.document_id in visible]


async def quoted(question: Question, quotes: Sequence[Quote], reader: DocumentReader) -> Answer:
    """The quotes whose documents are still visible; a refusal if there are none. Raises `StoreUnavailable`."""
    kept = await _visible(quotes, reader)
    if not kept:
        return refusal(question, NOTHING_RELEVANT)
    whole = await completed([with_antecedent(question.text, quote) for quote in kept], reader)
    headers = await headers_of([parts[-1] for parts in whole], reader)
    named = [header or subject_of(question.text, parts[0]) for header, parts in zip(headers, whole, strict=True)]
    return _cited(question, *quoted_answer(whole, named))


async def listed(question: Question, quotes: Sequence[Quote], reader: DocumentReader) -> Answer:
    """The documents that are still visible, each named with its quote; a refusal if there are none.

    Raises `StoreUnavailable`.
    """
    kept = await _visible(quotes, reader)
    if not kept:
        return refusal(question, NOTHING_RELEVANT)
    begin = "This document is about it:" if len(kept) == 1 else f"These {len(kept)} documents are about it:"
    return replace(_cited(question, *listed_answer(begin, kept)), notice=PARTIAL)


def _cited(question: Question, text: str, sources: Sequence[Source], claims: Sequence[Claim]) -> Answer:
    """The answer with the claims that its limit of tokens leaves whole, and their sources."""
    answer = written(question, text)
    whole = [claim for claim in claims if claim.end <= len(answer.response)]
    cited = sources[: max((part.marker for claim in whole for part in claim.evidence), default=1)]
    return replace(answer, grounded=True, sources=tuple(cited), claims=tuple(whole))


async def told(answer: Answer) -> AsyncGenerator[ChatEvent, None]:
    """The events of a complete answer, line by line."""
    yield SourcesEvent(answer.sources)
    for line in answer.response.splitlines(keepends=True):
        yield TokenEvent(line)
    yield DoneEvent(answer)
