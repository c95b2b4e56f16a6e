"""Answer a turn from the documents: decide what it asks for, search, judge the evidence, and answer.

Quotes need strong evidence. A model gets weak evidence as well, and is told that it is weak; what it writes is checked
(see `generation.py`), so it is quoted, refused or kept by what the documents support.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace

from api.services.chat.budget import estimate_tokens
from api.services.chat.models import Models
from api.services.chat.quoting_chat import quoting_notice
from api.services.chat.turn import Answer, Chat, ChatEvent, Turn
from api.services.documents.store import DocumentReader
from api.services.parsing.errors import DocumentNotFound
from api.services.rag.answerability.confidence import confidence, enough
from api.services.rag.asking.acronyms import as_asked, forms_of, hits_as_asked, in_other_form, is_rare, merged, unseen
from api.services.rag.asking.compounds import with_compounds
from api.services.rag.asking.days import in_their_form
from api.services.rag.asking.focus import focus
from api.services.rag.asking.followup import new_subject, standalone, stands_alone
from api.services.rag.asking.intent import Intent, intent_of, topic_of
from api.services.rag.asking.rewriting import Rewriter
from api.services.rag.asking.several import several
from api.services.rag.asking.spelling import corrected, further_spellings, spellings, unknown
from api.services.rag.catalogue import Catalogue
from api.services.rag.contents import contents
from api.services.rag.generation import Generation, Material
from api.services.rag.prompt import NO_DOCUMENTS, NOTHING_RELEVANT, fitting
from api.services.rag.question import Question, listed, quoted, refused, told, written
from api.services.rag.quoting.quoter import Quotes
from api.services.rag.together import open_notice, together
from api.services.rag.topics import SEARCHED, passages_about, samples_notice
from api.services.retrieval.search import Hit, Search
from api.services.serving.queue import QuestionQueue
from api.services.text.terms import terms

OPENING_CHARS = 1000
"""Characters of the beginning of a document, which names what all of it is about: a title page is no longer."""
SPELLED = 10
"""Passages in which the library's own words are looked for."""
FROM_CATALOGUE = "This is the service's own list of its documents."


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
            if intent == "library":
                return told(await self._library(question))
            return await self._from(*await self._material(question, intent), generates=model.generates)

    async def _library(self, question: Question) -> Answer:
        """The list of the documents, or of those about a subject."""
        turn, topic = question.turn, topic_of(question.turn.message)
        if not topic:
            return replace(written(question, await self.catalogue.listing()), notice=FROM_CATALOGUE)
        found = await self.search.search(topic, SEARCHED, "hybrid", turn.filters, turn.document_ids)
        return await listed(question, passages_about(topic, found), self.reader)

    async def _material(self, question: Question, intent: Intent) -> tuple[Question, Material]:
        """What the answer is written from, and the question as it was understood."""
        turn = question.turn
        documents = await self.catalogue.named(turn) if intent == "document" else ()
        if documents:
            hits = await self.catalogue.overview(documents, turn.top_k or self.top_k)
            return question, Material(hits, await contents(hits, self.reader), strong=bool(hits))
        material = await self._found(question)
        subject = new_subject(turn.message) if question.text != turn.message else ""
        if stands_alone(subject) and not question.text.endswith(subject):  # a model has completed it
            subject = ""
        if subject and not _goes_on(subject, question.text, material):
            other = replace(question, text=subject)
            found = await self._found(other)
            if found.strong and (stands_alone(subject) or _speaks_of(subject, found)):
                return other, found
        return question, material

    async def _found(self, question: Question) -> Material:
        """What searches for the questions of the message find, together."""
        asked = several(focus(question.text))
        found = [await self._found_for(question, each) for each in asked]
        if len(found) > 1 and any(one.strong for one in found):
            return together(asked, found, question.turn.top_k or self.top_k)
        return found[0] if len(found) == 1 else await self._found_for(question, focus(question.text))

    async def _found_for(self, question: Question, asked: str) -> Material:
        """What a search for a question finds, or for what it may mean if its words are misspelt."""
        material = await self._searched(question.turn, asked)
        if material.strong or not material.hits:
            return material
        compound = with_compounds(asked, material.hits)
        if compound != asked and (found := await self._searched(question.turn, compound)).strong:
            return found
        if not (wrong := unknown(asked, material.hits)):
            return material
        spelt = await self._spelt(question.turn, asked, wrong)
        return await self._searched(question.turn, spelt) if spelt != asked else material

    async def _searched(self, turn: Turn, asked: str) -> Material:
        top_k = turn.top_k or self.top_k
        found = await self.search.search(asked, top_k, "hybrid", turn.filters, turn.document_ids)
        spelt = in_their_form(corrected(asked, found.hits), found.hits)
        if spelt != asked:  # the first hits may be those of its other words
            asked, found = spelt, await self.search.search(spelt, top_k, "hybrid", turn.filters, turn.document_ids)
        hits = found.hits
        if unknown_acronyms := unseen(asked, hits):  # in a small library one word weighs little beside the meaning
            by_words = await self.search.search(
                " ".join(unknown_acronyms), 1, "sparse", turn.filters, turn.document_ids
            )
            hits = [*by_words.hits, *hits][:top_k]
        forms = forms_of(asked, hits)
        if is_rare(asked, hits, forms):
            other = in_other_form(asked, forms)
            again = await self.search.search(other, top_k, "hybrid", turn.filters, turn.document_ids)
            hits = merged(hits, again.hits, top_k)
        best = await self.quotes.quotes(asked, hits)
        read = hits_as_asked(hits, asked, forms)
        said = [replace(quote, text=as_asked(quote.text, asked, forms)) for quote in best]
        strong = confidence(asked, read, said, found.reading) >= enough.get()
        if best and not strong:  # a name may stand where its document begins, and in no other chunk
            opening = await self._opening(best[0].hit)
            strong = confidence(asked, read, said, found.reading, opening) >= enough.get()
        return Material(hits, best, strong)

    async def _opening(self, hit: Hit) -> str:
        """How the document of a hit begins; "" if it was deleted since."""
        with suppress(DocumentNotFound):
            return (await self.reader.text(hit.document_id, 0, OPENING_CHARS)).text
        return ""

    async def _spelt(self, turn: Turn, asked: str, words: Sequence[str]) -> str:
        """`asked` with words of the library in the place of those of `words` that it lacks."""
        limits = turn.filters, turn.document_ids
        known = await self.search.search(" ".join(words), SPELLED, "sparse", *limits)
        wrong = unknown(" ".join(words), known.hits)
        if not wrong:
            return asked
        for others in filter(None, (spellings(wrong), further_spellings(wrong))):
            near = await self.search.search(others, SPELLED, "sparse", *limits)
            if (spelt := corrected(asked, near.hits, wrong)) != asked:
                return spelt
        return asked

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
            notice = open_notice(material.open) or samples_notice(question.text, material.quotes)
            answer = replace(answer, notice=notice)
        else:
            empty = not material.hits and await self.catalogue.is_empty()
            reason = NO_DOCUMENTS if empty else NOTHING_RELEVANT
            answer = await refused(question, reason, material.quotes, self.reader)
        missing = question.model.unavailable
        return told(replace(answer, notice=quoting_notice(missing)) if missing else answer)

    def _fitting(self, question: Question, hits: Sequence[Hit]) -> Sequence[Hit]:
        """The hits that fit into the model's window beside the answer and the system prompt, which `chat` adds."""
        window = question.model.context_window
        reserve = min(question.turn.max_tokens or self.max_tokens, window // 2)
        return fitting(hits, question.turn, question.text, window - reserve - estimate_tokens(self.system_prompt))


def _is_about(subject: str, material: Material) -> bool:
    """Whether the best quote has the words of the subject."""
    return bool(material.quotes) and set(terms(subject)) <= set(terms(material.quotes[0].text))


def _speaks_of(subject: str, material: Material) -> bool:
    """Whether the chunk of the best quote, or the name of its file, has the words of the subject."""
    hit = material.quotes[0].hit if material.quotes else None
    return hit is not None and set(terms(subject)) <= set(terms(f"{hit.filename} {hit.complete}"))


def _goes_on(subject: str, question: str, material: Material) -> bool:
    """Whether the best quote has the words of the subject, and its chunk one of the conversation's before it."""
    hit = material.quotes[0].hit if material.quotes else None
    before = set(terms(question)) - set(terms(subject))
    said = hit is not None and not before.isdisjoint(terms(f"{hit.filename} {hit.complete}"))
    return said and _is_about(subject, material)


def _is_task(turn: Turn) -> bool:
    """Whether the answer must be JSON, or continues from a tool's result: the documents have no part in it then."""
    return turn.options.wants_json or any(message.role == "tool" for message in turn.after)
