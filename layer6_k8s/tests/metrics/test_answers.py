"""What a question costs in time and tokens, and what becomes of it."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.library import Reader
from tests.metrics.conftest import Scraped

FERRY = "The ferry to Lindholm leaves at seven."
QUESTION = "When does the ferry to Lindholm leave?"
Scrape = Callable[..., Any]


@pytest.fixture
def measured(http: httpx2.AsyncClient, serve: Callable[..., str], scripted: Any) -> Reader:
    """A library of its own, and a language model that says what a test scripts."""
    return Reader(http, serve(**scripted.settings, use_rag=True))


async def test_a_quoted_answer_is_grounded_and_its_stages_are_measured(alone: Reader, scrape: Scrape) -> None:
    await alone.uploaded(FERRY)
    before: Scraped = await scrape(alone.url)
    await alone.post("/chat", message=QUESTION)
    after: Scraped = await scrape(alone.url)
    assert after.value("mystack_answers_total", outcome="grounded") == 1
    for stage in ("retrieve", "embed", "search", "rerank"):
        assert after.value("mystack_stage_seconds_count", stage=stage) == 1
    assert after.value("mystack_stage_seconds_sum", stage="retrieve") > 0
    assert after.value("mystack_retrieval_score_count") == 1
    questions = "mystack_embedded_texts_total"
    assert after.value(questions, purpose="question") > before.value(questions, purpose="question")
    assert after.value(questions, purpose="document") == before.value(questions, purpose="document") == 1


async def test_a_refusal_has_its_reason(alone: Reader, scrape: Scrape) -> None:
    await alone.post("/chat", message=QUESTION)
    scraped: Scraped = await scrape(alone.url)
    assert scraped.value("mystack_answers_total", outcome="refused") == 1
    assert scraped.value("mystack_refusals_total", reason="no_documents") == 1


async def test_what_a_model_writes_has_tokens_claims_and_removed_markers(
    measured: Reader, scripted: Any, scrape: Scrape
) -> None:
    await measured.uploaded(FERRY)
    scripted.says("The ferry to Lindholm leaves at seven [1]. It costs 900 crowns on Sundays in May [7].")
    answer = await measured.post("/chat", message=QUESTION)
    scraped: Scraped = await scrape(measured.url)
    model = {"provider": answer["provider"], "model": answer["model"]}
    for kind in ("prompt", "completion"):
        spent = scraped.value("mystack_tokens_total", **model, kind=kind)
        assert spent == answer["usage"][f"{kind}_tokens"] > 0
    assert scraped.value("mystack_first_token_seconds_count", **model) == 1
    assert scraped.value("mystack_removed_markers_total") == answer["removed_markers"] == 1
    for support in ("supported", "unsupported", "unknown"):
        count = sum(claim["support"] == support for claim in answer["claims"])
        assert scraped.value("mystack_claims_total", support=support) == count
    assert scraped.value("mystack_stage_seconds_count", stage="verify") == 1
    assert scraped.value("mystack_stage_seconds_count", stage="generate") == 1
    assert sum(scraped.value("mystack_answers_total", **labels) for labels in scraped.all("mystack_answers_total")) == 1


async def test_an_answer_without_documents_is_plain(measured: Reader, scripted: Any, scrape: Scrape) -> None:
    scripted.says("Hello.")
    await measured.post("/chat", message="Hello", use_rag=False)
    await measured.post("/v1/chat/completions", model="scripted", messages=[{"role": "user", "content": "x"}])
    scraped: Scraped = await scrape(measured.url)
    assert scraped.value("mystack_answers_total", outcome="plain") >= 1


async def test_a_failure_within_a_stream_is_counted_by_its_code(
    http: httpx2.AsyncClient, serve: Callable[..., str], ollama: Any, scrape: Scrape
) -> None:
    ollama.behaviour = "half"
    url = serve(llm_provider="ollama", ollama_url=ollama.url)
    response = await http.post(f"{url}/chat/stream", json={"message": "Hello"})
    assert "event: error" in response.text
    scraped: Scraped = await scrape(url)
    assert [labels["code"] for labels in scraped.all("mystack_answer_failures_total")] == ["model_unavailable"]
