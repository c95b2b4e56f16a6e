"""RERANKER=late_interaction: close calls are decided token by token."""

from collections.abc import Callable, Sequence
from uuid import uuid4

import httpx2

from api.services.retrieval.late_interaction import LateInteractionReranker
from api.services.retrieval.reranking import WEIGHT
from api.services.retrieval.search import Hit


class Words:
    """The port `Relevance`: the share of the question's words that a text has. `asked`: the texts of each call."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        self.asked.append(list(texts))
        words = set(question.split())
        return [len(words.intersection(text.split())) / len(words) for text in texts]


def hit(text: str, score: float) -> Hit:
    return Hit(uuid4(), "a.txt", uuid4(), None, 0, len(text), text, score, score, 0.0)


async def test_a_close_call_goes_to_the_text_that_is_nearer_word_by_word() -> None:
    first, second, far = hit("red", 0.80), hit("red blue", 0.78), hit("red blue", 0.10)
    ranked = await LateInteractionReranker(Words()).rerank("red blue", [first, second, far])
    assert [each.chunk_id for each in ranked] == [second.chunk_id, first.chunk_id, far.chunk_id]
    assert ranked[0].score == 0.78 + WEIGHT * 0.5
    assert ranked[1].score == first.score


async def test_a_clear_winner_asks_nothing() -> None:
    words = Words()
    hits = [hit("red", 0.9), hit("red blue", 0.5)]
    assert await LateInteractionReranker(words).rerank("red blue", hits) == hits
    assert await LateInteractionReranker(words).rerank("red blue", []) == []
    assert words.asked == []


async def test_the_service_searches_with_it(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(reranker="late_interaction", use_rag=True)
    for number in range(3):
        text = f"The library number {number} opens at nine o'clock on every day of the week.".encode()
        answer = await http.post(f"{url}/documents", files={"file": (f"{number}.txt", text, "text/plain")})
        assert answer.status_code == 201, answer.text
    found = await http.post(f"{url}/search", json={"query": "When does library number 2 open?"})
    assert len(found.json()["hits"]) == 3
