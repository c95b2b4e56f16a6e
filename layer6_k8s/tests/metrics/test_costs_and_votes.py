"""What answers cost and how they are rated, as counters."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.feedback.conftest import Rater, rater
from tests.feedback.test_usage import OWN
from tests.library import Reader
from tests.metrics.conftest import Scraped

__all__ = ["rater"]  # a fixture
COST, FEEDBACK = "mystack_cost_total", "mystack_feedback_total"
Scrape = Callable[..., Any]


async def test_an_answer_of_a_priced_model_raises_the_cost(
    serve: Callable[..., str], openai_server: Any, http: httpx2.AsyncClient, tmp_path: Path, scrape: Scrape
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text(OWN)
    key = openai_server.key
    url = serve(llm_provider="openai", openai_base_url=openai_server.url, openai_api_key=key, prices_path=prices)
    reader, spent = Reader(http, url), 0.0
    for store in (True, False):
        answer = await reader.post("/chat", message="Hello", use_rag=False, store=store)
        spent += answer["usage"]["cost"]
        scraped: Scraped = await scrape(url)
        assert scraped.value(COST, model=answer["model"]) == pytest.approx(spent)
    assert spent > 0
    stream = await http.post(f"{url}/chat/stream", json={"message": "Hello", "use_rag": False})
    assert "event: done" in stream.text
    again: Scraped = await scrape(url)
    assert again.value(COST, model=answer["model"]) == pytest.approx(spent * 1.5)


async def test_an_answer_without_a_price_costs_nothing_that_is_counted(
    serve: Callable[..., str], openai_server: Any, http: httpx2.AsyncClient, scrape: Scrape
) -> None:
    url = serve(llm_provider="openai", openai_base_url=openai_server.url, openai_api_key=openai_server.key)
    assert (await Reader(http, url).post("/chat", message="Hello", use_rag=False))["usage"]["cost"] is None
    scraped: Scraped = await scrape(url)
    assert scraped.all(COST) == []


async def votes(scrape: Scrape, rater: Rater) -> tuple[float, float]:
    """Up and down."""
    scraped: Scraped = await scrape(rater.url)
    return scraped.value(FEEDBACK, rating="up"), scraped.value(FEEDBACK, rating="down")


async def test_a_vote_is_counted_once_whatever_is_added_to_it(rater: Rater, scrape: Scrape) -> None:
    assert await votes(scrape, rater) == (0, 0)
    id = (await rater.ask())["message_id"]
    await rater.rate(id, "down")
    await rater.rate(id, "down", reason="wrong", comment="No.")  # the page sends the reason with the vote
    assert await votes(scrape, rater) == (0, 1)
    [kept] = (await rater.get("/feedback"))["feedback"]
    assert (kept["rating"], kept["reason"]) == ("down", "wrong")


async def test_a_changed_vote_counts_and_an_undone_one_stays_counted(rater: Rater, scrape: Scrape) -> None:
    id = (await rater.ask())["message_id"]
    await rater.rate(id, "up")
    await rater.rate(id, "down")
    assert await votes(scrape, rater) == (1, 1)
    assert (await rater.http.delete(f"{rater.url}/feedback/{id}")).status_code == 204
    assert await votes(scrape, rater) == (1, 1)
    await rater.rate(id, "down")
    assert await votes(scrape, rater) == (1, 2)


async def test_votes_at_the_same_time_are_one(rater: Rater, scrape: Scrape) -> None:
    id = (await rater.ask())["message_id"]
    answers = await asyncio.gather(*(rater.rate(id, "up") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert await votes(scrape, rater) == (1, 0)


async def test_a_vote_on_no_answer_is_not_counted(rater: Rater, scrape: Scrape) -> None:
    assert (await rater.rate("00000000-0000-4000-8000-000000000000")).status_code == 404
    assert await votes(scrape, rater) == (0, 0)
