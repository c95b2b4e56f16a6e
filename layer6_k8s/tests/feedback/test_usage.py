"""What was used, by day, model and route; and what it cost, by a file of prices."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from api.adapters.prices_file import InvalidPrices, read_prices
from api.config import Settings
from api.services.chat.turn import Usage
from api.services.usage.prices import Price, Prices
from tests.feedback.conftest import Rater

PRICES = Settings(_env_file=None).prices_path
OWN = """
version = "mine"
currency = "EUR"
[local]
providers = ["extractive"]
[[price]]
provider = "openai"
models = ["gpt-4o-mini"]
prompt = 1.5
completion = 10
date = 2026-11-28
source = "our contract"
"""
USAGE = Usage(1_000_000, 100_000, estimated=False)


async def test_answers_are_counted_by_day_model_and_route(rater: Rater) -> None:
    first, second = await rater.ask(), await rater.ask(store=False)
    await rater.post("/v1/chat/completions", messages=[{"role": "user", "content": "When?"}])
    await rater.rate(first["message_id"], "down")
    report = await rater.get("/usage")
    today = datetime.now(UTC).date()
    assert (report["from"], report["to"]) == (str(today - timedelta(days=29)), str(today))
    assert report["currency"] == "USD"
    total = report["total"]
    assert (total["requests"], total["cost"], total["unpriced"]) == (3, 0, 0)
    assert total["prompt_tokens"] > first["usage"]["prompt_tokens"] + second["usage"]["prompt_tokens"]
    assert total["total_tokens"] == total["prompt_tokens"] + total["completion_tokens"]
    assert (total["up"], total["down"], total["feedback_share"]) == (0, 1, pytest.approx(1 / 3))
    assert [(one["day"], one["requests"]) for one in report["days"]] == [(str(today), 3)]
    assert [(one["model"], one["requests"]) for one in report["models"]] == [("extractive", 3)]
    assert {one["route"]: one["requests"] for one in report["routes"]} == {"/chat": 2, "/v1/chat/completions": 1}


async def test_a_period_has_its_first_and_its_last_day(rater: Rater) -> None:
    for _ in range(3):
        await rater.ask(store=False)
    async with await psycopg.AsyncConnection.connect(rater.database, autocommit=True) as connection:
        ids = [row["id"] for row in await rater.rows()]
        for id, at in zip(ids, ("2026-03-01T00:00Z", "2026-03-02T23:59:59Z", "2026-03-03T00:00Z"), strict=True):
            await connection.execute("UPDATE answered SET at = %s WHERE id = %s", [at, id])
    report = await rater.get("/usage", **{"from": "2026-03-01", "to": "2026-03-02"})
    assert [one["day"] for one in report["days"]] == ["2026-03-01", "2026-03-02"]
    assert report["total"]["requests"] == 2
    empty = await rater.get("/usage", **{"from": "2026-04-01", "to": "2026-04-01"})
    assert empty["total"] | {"requests": 0, "cost": 0, "feedback_share": 0} == empty["total"]
    assert empty["days"] == empty["models"] == empty["routes"] == []


@pytest.mark.parametrize(
    ("period", "code"),
    [
        ({"from": "2026-03-02", "to": "2026-03-01"}, "invalid_period"),
        ({"from": "2020-01-01", "to": "2026-03-01"}, "invalid_period"),
        ({"from": "2026-02-30"}, "invalid_request"),
        ({"to": "soon"}, "invalid_request"),
        ({"to": "0"}, "invalid_request"),
    ],
)
async def test_an_impossible_period_is_refused(rater: Rater, period: dict[str, str], code: str) -> None:
    refused = await rater.http.get(f"{rater.url}/usage", params=period)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_the_ends_of_the_calendar_are_days(rater: Rater, day: str) -> None:
    assert (await rater.get("/usage", to=day))["total"]["requests"] == 0


def test_each_price_of_the_layer_has_a_date_and_a_source() -> None:
    prices = read_prices(PRICES, "api.openai.com")
    assert prices.cost("openai", "gpt-4o-mini", USAGE) == pytest.approx(0.15 + 0.06)
    assert prices.cost("openai", "some-other", USAGE) is None
    for local in ("extractive", "ollama", "huggingface"):
        assert prices.cost(local, "any", USAGE) == 0


@pytest.mark.parametrize("tokens", [-(2**40), 2**60])
def test_a_cost_can_be_stored_whatever_a_server_has_counted(tokens: int) -> None:
    prices = Prices("1", "EUR", frozenset(), {("openai", "m"): Price(Decimal(10**6), Decimal(10**6))})
    cost = prices.priced("openai", "m", Usage(tokens, tokens, estimated=False)).cost
    assert cost is not None
    assert 0 <= cost < 10**8


def test_a_price_holds_for_the_server_that_it_names() -> None:
    assert read_prices(PRICES, "127.0.0.1").cost("openai", "gpt-4o-mini", USAGE) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("currency", "coins"),
        ("prompt = 1.5", "prompt = -1"),
        ("prompt = 1.5", 'prompt = "much"'),
        ("prompt = 1.5", "prompt = nan"),
        ('source = "our contract"', 'source = ""'),
        ("[local]", "[local"),
    ],
)
def test_a_wrong_file_of_prices_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(OWN.replace(old, new))
    with pytest.raises(InvalidPrices, match="is not a file of prices"):
        read_prices(path, "")


def test_a_missing_file_of_prices_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidPrices, match="cannot be read"):
        read_prices(tmp_path / "none.toml", "")


async def test_own_prices_are_used(
    serve: Callable[..., str], openai_server: Any, http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(OWN)
    key = openai_server.key
    url = serve(llm_provider="openai", openai_base_url=openai_server.url, openai_api_key=key, prices_path=path)
    answer = (await http.post(f"{url}/chat", json={"message": "Hello", "use_rag": False})).json()
    usage = answer["usage"]
    expected = (usage["prompt_tokens"] * 1.5 + usage["completion_tokens"] * 10) / 1_000_000
    assert usage["cost"] == pytest.approx(expected)
    body = {"messages": [{"role": "user", "content": "Hello"}], "n": 2}
    completion = (await http.post(f"{url}/v1/chat/completions", json=body)).json()
    assert completion["usage"]["cost"] == pytest.approx(expected * 2)
    report = (await http.get(f"{url}/usage")).json()
    assert (report["currency"], report["prices"]) == ("EUR", "mine")
    assert report["total"]["cost"] >= usage["cost"]


async def test_a_model_without_a_price_costs_null(
    serve: Callable[..., str], openai_server: Any, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="openai", openai_base_url=openai_server.url, openai_api_key=openai_server.key)
    answer = (await http.post(f"{url}/chat", json={"message": "Hello", "use_rag": False})).json()
    assert answer["usage"]["cost"] is None
    report = (await http.get(f"{url}/usage")).json()
    assert report["total"]["unpriced"] >= 1
