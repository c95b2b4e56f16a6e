"""Reranking of close calls between the first hits."""

from api.services.retrieval.reranking import CLOSE, SENTENCES, SentenceReranker
from api.services.retrieval.search import RERANKED
from tests.services.passages import WordVectors, hit

ABOUT = hit("Towers are many. Towers are high. A tower has stairs.", score=0.6)
ANSWER = hit("The garden is green. The iron tower opened in 1889. Roses grow there.", score=0.57, filename="b.txt")
FAR = hit("The iron tower opened in 1889, says another.", score=0.6 - CLOSE - 0.01, filename="c.txt")
QUESTION = "When was the iron tower opened?"


async def test_the_better_sentence_wins_a_close_call() -> None:
    hits = await SentenceReranker(WordVectors()).rerank(QUESTION, [ABOUT, ANSWER])
    assert [found.filename for found in hits] == ["b.txt", "note.txt"]
    assert hits[0].score > hits[1].score == ABOUT.score


async def test_a_clear_lead_needs_no_embedding() -> None:
    vectors = WordVectors()
    assert await SentenceReranker(vectors).rerank(QUESTION, [ABOUT, FAR]) == [ABOUT, FAR]
    assert vectors.asked == []


async def test_no_hit_is_added_or_dropped_and_scores_stay_in_order() -> None:
    rest = [hit(f"Other {n}.", score=0.5 - n / 100, filename=f"{n}.txt") for n in range(5)]
    hits = await SentenceReranker(WordVectors()).rerank(QUESTION, [ABOUT, ANSWER, *rest])
    assert {found.chunk_id for found in hits} == {found.chunk_id for found in [ABOUT, ANSWER, *rest]}
    assert [found.score for found in hits] == sorted((found.score for found in hits), reverse=True)


async def test_few_sentences_are_embedded() -> None:
    vectors = WordVectors()
    hits = [hit("A tower. " * 30, score=0.5, filename=f"{n}.txt") for n in range(9)]
    await SentenceReranker(vectors).rerank(QUESTION, hits)
    assert len(vectors.asked) <= RERANKED * SENTENCES


async def test_an_empty_list_stays_empty() -> None:
    assert await SentenceReranker(WordVectors()).rerank(QUESTION, []) == []
