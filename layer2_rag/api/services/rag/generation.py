"""An answer that a model writes from sources: streamed, then checked sentence by sentence.

nothing of it is supported, or it is empty    quotes instead, or a refusal if the evidence is weak
it says that the documents do not say         a refusal: `model_found_nothing`
else                                          the answer, with the markers that hold
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace

from api.errors import ModelUnavailable, MyStackError
from api.services.chat.quoting_chat import quoting_notice
from api.services.chat.turn import Answer, Chat, ChatEvent, DoneEvent, SourcesEvent, TokenEvent, Turn
from api.services.documents.store import DocumentReader
from api.services.rag.ahead import ReadAhead
from api.services.rag.checking.support import Evidence, SupportCheck, Verdict
from api.services.rag.citations import MarkerFilter
from api.services.rag.prompt import FOUND_NOTHING, NOTHING_RELEVANT, grounded_turn, source
from api.services.rag.question import Question, nearest, quoted, refused
from api.services.rag.quoting.quoter import Quote, Quotes
from api.services.rag.review import Reviewed, reviewed, to_check
from api.services.retrieval.search import Hit
from api.services.text.terms import terms

NOT_SUPPORTED = "The documents do not support what the model wrote; the passages that answer best are quoted instead."
NO_ANSWER = "The model wrote no answer; the passages that answer best are quoted instead."
NEAREST = "The nearest passage is in {filename}: “{quote}”"
TERMINATORS = (".", "!", "?", "。", "|", ":")
"""What a whole sentence ends with; without one, the last sentence of an answer of limited length was cut off."""
CHECK_SECONDS = 10.0
"""Longest time that checking an answer may take; then its sentences are `unknown`."""


@dataclass(frozen=True)
class Material:
    """What an answer is written from: the hits, the quotes that a model is not needed for, and how good they are.

    `open`: the questions of a message with several that nothing answers.
    """

    hits: Sequence[Hit]
    quotes: Sequence[Quote]
    strong: bool
    open: Sequence[str] = ()


class Generation:
    """Lets `chat` write answers, and checks them."""

    def __init__(
        self, chat: Chat, quotes: Quotes, support: SupportCheck, reader: DocumentReader, system_prompt: str
    ) -> None:
        self.chat = chat
        self.system_prompt = system_prompt
        self.quotes = quotes
        self.support = support
        self.reader = reader

    async def stream(self, question: Question, material: Material) -> AsyncGenerator[ChatEvent, None]:
        """The events of the answer. If the model fails before its first token, the quotes are the answer."""
        reading = asyncio.create_task(self.support.read(material.hits))
        try:
            async with aclosing(self._stream(question, material, reading)) as events:
                async for event in events:
                    yield event
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError, MyStackError):
                await reading

    async def _stream(
        self, question: Question, material: Material, reading: "asyncio.Task[Evidence]"
    ) -> AsyncGenerator[ChatEvent, None]:
        hits = material.hits
        best = [await self.quotes.best_span(question.text, hit) for hit in hits]
        given = [source(n, hit, q.start, q.end, q.text) for n, (hit, q) in enumerate(zip(hits, best, strict=True), 1)]
        turn = self._turn(question, material)
        yield SourcesEvent(tuple(given))
        markers = MarkerFilter(range(1, len(hits) + 1))
        pieces: list[str] = []
        failed: ModelUnavailable | None = None
        async with aclosing(self.chat.stream(turn)) as events, ReadAhead(self.support, len(hits)) as ahead:
            try:
                async for event in events:
                    pieces.append(markers.feed(event.text) if isinstance(event, TokenEvent) else markers.flush())
                    if pieces[-1]:
                        ahead.feed(pieces[-1])
                        yield TokenEvent(pieces[-1])
                    if isinstance(event, DoneEvent):
                        await ahead.settled(CHECK_SECONDS)
                        answer = replace(event.answer, removed_markers=markers.removed)
                        yield DoneEvent(await self._checked(question, answer, "".join(pieces), material, reading))
            except ModelUnavailable as error:
                if any(pieces):
                    raise
                failed = error
        if failed:
            answer = await self._without_model(question, material, failed)
            yield TokenEvent(answer.response)
            yield DoneEvent(answer)

    def _turn(self, question: Question, material: Material) -> Turn:
        if not material.hits:
            return question.turn
        weak = not material.strong
        return grounded_turn(question.turn, question.text, material.hits, system_prompt=self.system_prompt, weak=weak)

    async def _without_model(self, question: Question, material: Material, error: ModelUnavailable) -> Answer:
        """The quotes, with the reason why the model did not answer. Raises the error if quotes are no answer."""
        if not material.strong or question.turn.options.needs_model:
            raise error
        answer = await quoted(question, material.quotes, self.reader)
        return replace(answer, notice=quoting_notice(error.detail))

    async def _checked(
        self, question: Question, answer: Answer, sent: str, material: Material, reading: "asyncio.Task[Evidence]"
    ) -> Answer:
        """The answer after the check; `sent` is the text of its tokens."""
        if not material.hits or answer.tool_calls:
            return replace(answer, response=sent, latency_ms=question.milliseconds())
        started = time.perf_counter()
        result = await self._reviewed(answer, material.hits, reading)
        final = await self._worthy(question, answer, result, material)
        return replace(
            final,
            model=answer.model,
            provider=answer.provider,
            usage=answer.usage,
            removed_markers=answer.removed_markers,
            revised=final.response != sent,
            check_ms=round((time.perf_counter() - started) * 1000, 1),
            latency_ms=question.milliseconds(),
        )

    async def _reviewed(self, answer: Answer, hits: Sequence[Hit], reading: "asyncio.Task[Evidence]") -> Reviewed:
        visible = await self.reader.visible({hit.document_id for hit in hits})
        valid = [number for number, hit in enumerate(hits, start=1) if hit.document_id in visible]
        response, filenames = _with_valid_markers(answer.response, hits), [hit.filename for hit in hits]
        text, found = await asyncio.to_thread(to_check, response, filenames, self.system_prompt)
        verdicts = await self._verdicts([statement.prose for statement in found], reading)
        verdicts = [_limited(verdict, valid) for verdict in verdicts]
        if answer.finish_reason == "length" and len(found) > 1 and not found[-1].text.endswith(TERMINATORS):
            verdicts[-1] = Verdict("unknown")  # the sentence that was cut off behind whole ones
        return await asyncio.to_thread(reviewed, text, found, verdicts, hits)

    async def _verdicts(self, sentences: Sequence[str], reading: "asyncio.Task[Evidence]") -> list[Verdict]:
        """A verdict on each sentence; `unknown` if the check fails or takes too long."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                return await self.support.check(sentences, await asyncio.shield(reading))
        except (MyStackError, TimeoutError):
            return [Verdict("unknown")] * len(sentences)

    async def _worthy(self, question: Question, answer: Answer, result: Reviewed, material: Material) -> Answer:
        """What the user gets: the checked answer, the quotes, or a refusal."""
        checked = replace(answer, response=result.response, claims=result.claims)
        match result.worth:
            case "supported":
                notice = answer.notice or (_nearest(material) if _passes_by(question, result, material) else None)
                return replace(checked, grounded=result.grounded, sources=result.sources, notice=notice)
            case "found_nothing":
                closest = await nearest(material.quotes, self.reader)
                notice = _nearest(material) or answer.notice
                return replace(checked, refusal=FOUND_NOTHING, nearest=closest, notice=notice)
            case "unknown":
                return checked
        if material.strong:
            notice = NOT_SUPPORTED if result.response.strip() else NO_ANSWER
            return replace(await quoted(question, material.quotes, self.reader), notice=notice)
        return await refused(question, NOTHING_RELEVANT, material.quotes, self.reader)


def _with_valid_markers(response: str, hits: Sequence[Hit]) -> str:
    """The answer as its tokens were sent, but without thinking that had no beginning."""
    markers = MarkerFilter(range(1, len(hits) + 1))
    return markers.feed(response) + markers.flush()


def _limited(verdict: Verdict, valid: Sequence[int]) -> Verdict:
    """The verdict without the sources of documents that were deleted meanwhile."""
    spans = tuple(span for span in verdict.spans if span.number in valid)
    return Verdict("unsupported") if verdict.spans and not spans else replace(verdict, spans=spans)


def _passes_by(question: Question, result: Reviewed, material: Material) -> bool:
    """Whether the best quote says more of what was asked than the answer, whose sentences rest on other passages."""
    if not material.strong or not material.quotes:
        return False
    best, evidence = material.quotes[0], [part for claim in result.claims for part in claim.evidence]
    cited = [material.hits[part.marker - 1].document_id for part in evidence]
    for part, document in zip(evidence, cited, strict=True):
        if document == best.hit.document_id and part.start < best.end and best.start < part.end:
            return False
    asked = set(terms(question.text))
    said = asked.intersection(terms(" ".join([result.response, *(part.quote for part in evidence)])))
    return said < asked.intersection(terms(best.text))


def _nearest(material: Material) -> str | None:
    """The passage nearest to the question, if the evidence is strong."""
    if not material.strong or not material.quotes:
        return None
    quote = material.quotes[0]
    return NEAREST.format(filename=quote.hit.filename, quote=" ".join(quote.text.split()))
