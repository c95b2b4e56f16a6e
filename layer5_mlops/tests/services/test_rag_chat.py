"""The chat over documents, between ports that do what a test says."""

import asyncio
import time
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from api.adapters.llm.extractive import ExtractiveModel
from api.errors import Overloaded
from api.services.chat.models import Models
from api.services.chat.service import ChatService
from api.services.chat.turn import Answer, Message, Turn, answer_of
from api.services.documents.store import TextSlice
from api.services.rag.asking.followup import standalone
from api.services.rag.asking.spelling import further_spellings, spellings
from api.services.rag.catalogue import Catalogue
from api.services.rag.chat import RagChat
from api.services.rag.checking.support import SupportChecker
from api.services.rag.generation import Generation
from api.services.rag.quoting.quoter import Quoter
from api.services.retrieval.admitted import AdmittedSearch
from api.services.retrieval.search import Found, Hit
from api.services.serving.queue import QuestionQueue
from api.services.text.terms import terms
from tests.services.passages import WordVectors, hit

QUESTION = "When was the iron tower opened?"
HITS = [
    hit("The iron tower was opened in 1889.", filename="a.txt"),
    hit("In 1889 the iron tower was opened.", filename="b.txt"),
    hit("The tower was opened in 1889, an iron one.", filename="c.txt"),
]


class FixedSearch:
    """Finds the same hits for every question, and records the questions."""

    def __init__(self, hits: Sequence[Hit] = ()) -> None:
        self.hits = hits
        self.questions: list[str] = []

    async def search(self, question: str, *limits: Any) -> Found:
        self.questions.append(question)
        return Found(self.hits, 0.0, 0.0)


class VisibleDocuments:
    """A reader of documents that knows which are visible, and no text; records each query."""

    def __init__(self, ids: Collection[UUID] = ()) -> None:
        self.ids = ids
        self.queries: list[set[UUID]] = []

    async def visible(self, document_ids: Collection[UUID]) -> Mapping[UUID, Any]:
        self.queries.append(set(document_ids))
        return {id: None for id in document_ids if id in self.ids}

    async def documents(self, *page: Any) -> Sequence[Any]:
        return []

    async def text(self, *part: Any) -> TextSlice:
        return TextSlice(0, "", 0)


def rag_chat(search: Any, reader: Any, queue: QuestionQueue) -> RagChat:
    models = Models([], ExtractiveModel())
    writer, quotes = ChatService(models, system_prompt="", max_tokens=100), Quoter(WordVectors())
    return RagChat(
        writer,
        generation=Generation(writer, quotes, SupportChecker(WordVectors()), reader, system_prompt=""),
        catalogue=Catalogue(reader),
        models=models,
        search=search,
        queue=queue,
        quotes=quotes,
        reader=reader,
        use_rag=True,
        top_k=5,
        system_prompt="",
        max_tokens=100,
    )


async def answer(chat: RagChat, message: str = QUESTION, *history: Message) -> Answer:
    return await answer_of(chat.stream(Turn(message, history)))


async def test_which_of_the_quoted_documents_are_visible_is_one_query() -> None:
    ids = [found.document_id for found in HITS]
    reader = VisibleDocuments(ids[1:])
    answered = await answer(rag_chat(FixedSearch(HITS), reader, QuestionQueue(at_once=1)))
    assert {source.document_id for source in answered.sources} == set(ids[1:])
    assert reader.queries == [set(ids)]


async def test_a_chat_searches_within_its_own_turn_and_takes_no_second_one() -> None:
    queue = QuestionQueue(at_once=1, waiting=0)
    answered = await answer(rag_chat(FixedSearch(), VisibleDocuments(), queue))
    assert answered.refusal == "no_documents"


async def test_the_questions_of_a_message_are_answered_one_by_one_and_the_open_ones_named() -> None:
    towers = [hit("The iron tower was opened in 1889.", filename="a.txt"), hit("The zoo is shut.", filename="b.txt")]
    reader, search = VisibleDocuments([one.document_id for one in towers]), FixedSearch(towers)
    chat = rag_chat(search, reader, QuestionQueue(at_once=1))
    answered = await answer(chat, "When was the iron tower opened? Who sells Norwegian salmon?")
    assert search.questions[0] == "When was the iron tower opened?"
    assert "1889" in answered.response
    assert answered.notice == "Nothing in the documents answers: “Who sells Norwegian salmon?”"


async def test_a_misspelt_question_is_searched_for_again_as_it_was_meant() -> None:
    search = FixedSearch(HITS)
    chat = rag_chat(search, VisibleDocuments([one.document_id for one in HITS]), QuestionQueue(at_once=1))
    await answer(chat, "When was the iron tover opened?")
    assert search.questions == ["When was the iron tover opened?", "When was the iron tower opened?"]


async def test_an_acronym_that_no_hit_has_is_searched_for_by_its_letters() -> None:
    defined = hit("Vitamin D was linked to acute respiratory infection (ARI).", filename="abstract.txt")

    class ByWords(FixedSearch):
        async def search(self, question: str, top_k: int, mode: str = "hybrid", *limits: Any) -> Found:
            self.questions.append(f"{mode}: {question}")
            return Found([defined] if mode == "sparse" else HITS, 0.0, 0.0)

    search = ByWords()
    chat = rag_chat(search, VisibleDocuments([defined.document_id]), QuestionQueue(at_once=1))
    told = await answer(chat, "What does ARI stand for?")
    assert search.questions[:2] == ["hybrid: What does ARI stand for?", "sparse: ARI"]
    assert [source.filename for source in told.sources or told.nearest] == ["abstract.txt"]


class WordSearch(FixedSearch):
    """Finds the hits that have a word of the question."""

    async def search(self, question: str, *limits: Any) -> Found:
        found = await super().search(question, *limits)
        return replace(found, hits=[hit for hit in found.hits if not set(terms(question)).isdisjoint(terms(hit.text))])


async def test_a_long_word_with_two_slips_is_looked_for_after_those_with_one() -> None:
    hits = [hit("The accommodation of guests is in the lodge."), hit("The zoo is shut.", filename="zoo.txt")]
    search = WordSearch(hits)
    chat = rag_chat(search, VisibleDocuments([one.document_id for one in hits]), QuestionQueue(at_once=1))
    asked = "Where is the accomodtion of the zoo?"
    await answer(chat, asked)
    one_slip, two_slips = spellings(["accomodtion"]), further_spellings(["accomodtion"])
    meant = "Where is the accommodation of the zoo?"
    assert search.questions == [asked, "accomodtion", one_slip, two_slips, meant]


async def test_an_admitted_search_takes_a_turn() -> None:
    queue, inner = QuestionQueue(at_once=1, waiting=0), FixedSearch()
    search = AdmittedSearch(inner, queue)
    async with queue.turn():
        with pytest.raises(Overloaded):
            await search.search(QUESTION, 5)
    assert inner.questions == []
    await search.search(QUESTION, 5)
    assert inner.questions == [QUESTION]


async def test_the_question_that_is_searched_is_made_within_the_turn() -> None:
    queue, search = QuestionQueue(at_once=1, waiting=0), FixedSearch()
    chat = rag_chat(search, VisibleDocuments(), queue)
    async with queue.turn():
        with pytest.raises(Overloaded):
            await answer(chat, "And when was it opened?", Message("user", "Who built the Eiffel Tower?"))
    assert search.questions == []
    await answer(chat, "And when was it opened?", Message("user", "Who built the Eiffel Tower?"))
    assert search.questions == ["when was Eiffel Tower opened?"]


LONG = [Message("user", "Arthur Conan Doyle wrote of Sherlock Holmes in London. " * 100)] * 4
FOLLOW_UP = "And what did he write about it? " * 60
TOGETHER = 20
TRIES = 3  # of which the best counts: collecting garbage blocks, too


async def test_the_event_loop_turns_while_questions_are_made() -> None:
    search = FixedSearch()
    chat = rag_chat(search, VisibleDocuments(), QuestionQueue(at_once=TOGETHER))

    async def on_the_loop() -> None:
        standalone(FOLLOW_UP, LONG)

    control = min([await longest_block([on_the_loop() for _ in range(TOGETHER)]) for _ in range(TRIES)])
    block = min([await longest_block([answer(chat, FOLLOW_UP, *LONG) for _ in range(TOGETHER)]) for _ in range(TRIES)])
    assert len(search.questions) == TOGETHER * TRIES
    assert block < control / 2


async def longest_block(work: Sequence[Awaitable[Any]]) -> float:
    """The longest work between two turns of the event loop, in seconds of its thread's processor time.

    Processor time, because a busy machine also interrupts a loop that does nothing.
    """
    tasks = asyncio.gather(*work)
    longest, last = 0.0, time.thread_time()
    while not tasks.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, last = max(longest, now - last), now
    await tasks
    return longest
