"""Answer a turn from the documents: decide what it asks for, search, judge the evidence, and answer.

Quotes need strong evidence. A model gets weak evidence as well, and is told that it is weak; what it writes is checked
(see `generation.py`), so it is quoted, refused or kept by what the documents support.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from api.services.chat.budget import estimate_tokens
from api.services.chat.models import Models
from api.services.chat.quoting_chat import quoting_notice
from api.services.chat.turn import Chat, ChatEvent, Turn
from api.services.documents.store import DocumentReader
from api.services.rag.acronyms import forms_of, hits_as_asked, in_other_form, is_rare, merged
from api.services.rag.answerability import confidence, enough
from api.services.rag.catalogue import Catalogue
from api.services.rag.focus import focus
from api.services.rag.followup import standalone
from api.services.rag.generation import Generation, Material
from api.services.rag.intent import Intent, intent_of
from api.services.rag.prompt import NO_DOCUMENTS, NOTHING_RELEVANT, fitting
from api.services.rag.question import Question, quoted, refusal, told, written
from api.services.rag.quoting import Quotes
from api.services.rag.rewriting import Rewriter
from api.services.rag.spelling import corrected
from api.services.retrieval.search import Hit, Search
from api.services.serving.queue import QuestionQueue

FROM_CATALOGUE = "This is the service's own list of its documents."
QUOTED = 3
"""Passages of a document that is quoted instead of summarised."""


class RagChat:
    """The `Chat` over documents. `chat` answers the turns that do not use them.

    `search` is called from within a turn of the `queue`, so it must not wait for one itself.
    """

    def __init__(
        self,
        chat: Chat,
        *,
        generation: Generation,
        catalogue: Catalogue,
        models: Models,
        search: Search,
        queue: QuestionQueue,
        quotes: Quotes,
        reader: DocumentReader,
        use_rag: bool,
        top_k: int,
        system_prompt: str,
        max_tokens: int,
        rewriter: Rewriter | None = None,
    ) -> None:
        self.chat = chat
        self.models = models
        self.search = search
        self.queue = queue
        self.quotes = quotes
        self.reader = reader
        self.catalogue = catalogue
        self.generation = generation
        self.use_rag = use_rag
        self.top_k = top_k
        self.system_prompt = system_prompt
        self.max_tokens = max_tokens
        self.rewriter = rewriter

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
        intent = intent_of(turn)
        if model.generates and intent in ("conversation", "text"):
            return self.chat.stream(turn)
        text = await self.rewriter.rewritten(turn) if self.rewriter and model.generates else None
        async with self.queue.turn():
            if text is None:
                text = await asyncio.to_thread(standalone, turn.message, turn.history)
            question = Question(turn, text, info, started)
            material = await self._material(question, intent)
            if material is None:
                listing = written(question, await self.catalogue.listing())
                return told(replace(listing, notice=FROM_CATALOGUE))
            return await self._from(question, material, generates=model.generates)

    async def _material(self, question: Question, intent: Intent) -> Material | None:
        """What the answer is written from; None if the catalogue alone answers."""
        turn, top_k = question.turn, question.turn.top_k or self.top_k
        if intent == "library":
            return None
        documents = await self.catalogue.named(turn) if intent == "document" else ()
        if documents:
            hits: Sequence[Hit] = await self.catalogue.overview(documents, top_k)
            quotes = [await self.quotes.best_span(question.text, hit) for hit in hits[:QUOTED]]
            return Material(hits, quotes, strong=bool(hits))
        asked = focus(question.text)
        found = await self.search.search(asked, top_k, "hybrid", turn.filters, turn.document_ids)
        asked = corrected(asked, found.hits)
        forms = forms_of(asked, found.hits)
        hits = found.hits
        if is_rare(asked, hits, forms):
            other = in_other_form(asked, forms)
            again = await self.search.search(other, top_k, "hybrid", turn.filters, turn.document_ids)
            hits = merged(hits, again.hits, top_k)
        best = await self.quotes.quotes(asked, hits)
        read = hits_as_asked(hits, asked, forms)
        return Material(hits, best, confidence(asked, read, best, found.reading) >= enough.get())

    async def _from(
        self, question: Question, material: Material, *, generates: bool
    ) -> AsyncGenerator[ChatEvent, None]:
        """The events of a generated answer, of quotes or of a refusal."""
        turn = question.turn
        if not material.strong and (turn.on_no_evidence == "answer" or (generates and turn.options.offers_tools)):
            return self.generation.stream(question, Material((), (), strong=False))
        if generates and material.hits:
            return self.generation.stream(question, replace(material, hits=self._fitting(question, material.hits)))
        if material.strong:
            answer = await quoted(question, material.quotes, self.reader)
        else:
            empty = not material.hits and await self.catalogue.is_empty()
            answer = refusal(question, NO_DOCUMENTS if empty else NOTHING_RELEVANT)
        missing = question.model.unavailable
        return told(replace(answer, notice=quoting_notice(missing)) if missing else answer)

    def _fitting(self, question: Question, hits: Sequence[Hit]) -> Sequence[Hit]:
        """The hits that fit into the model's window beside the answer and the system prompt, which `chat` adds."""
        window = question.model.context_window
        reserve = min(question.turn.max_tokens or self.max_tokens, window // 2)
        return fitting(hits, question.turn, question.text, window - reserve - estimate_tokens(self.system_prompt))


def _is_task(turn: Turn) -> bool:
    """Whether the answer must be JSON, or continues from a tool's result: the documents have no part in it then."""
    return turn.options.wants_json or any(message.role == "tool" for message in turn.after)
