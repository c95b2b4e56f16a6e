"""Requests of tenants: what is refused, in which shape, and what every answer tells of the limits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.limits.conftest import Service

Serve = Callable[..., Awaitable[Service]]
ASK = {"message": "What is 2 + 2?"}
COMPLETION = {"messages": [{"role": "user", "content": "Hello"}]}
MCP = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ROUTES: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/documents", {}),
    ("GET", "/limits", {}),
    ("DELETE", "/conversations/00000000-0000-4000-8000-000000000001", {}),
    ("POST", "/chat", {"json": ASK}),
    ("POST", "/chat/stream", {"json": ASK}),
    ("POST", "/documents/upload", {"files": {"file": ("a.txt", b"text")}}),
    ("POST", "/mcp", {"json": MCP, "headers": {"Accept": "application/json, text/event-stream"}}),
]


async def used_up(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/models")).status_code == 200


async def test_of_fifty_requests_at_once_against_ten_exactly_ten_are_answered(service: Serve) -> None:
    served = await service(llm_provider="extractive")
    client, other = await served.tenant(requests=10), await served.tenant(requests=10)

    answers = await asyncio.gather(*(client.get("/models") for _ in range(50)))

    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429] * 40
    assert (await other.get("/models")).status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), ROUTES, ids=[path for _, path, _ in ROUTES])
async def test_a_refused_request_is_a_problem_that_says_when_to_try_again(
    service: Serve, method: str, path: str, body: dict[str, Any]
) -> None:
    client = await (await service(llm_provider="extractive")).tenant(requests=1)
    await used_up(client)

    answer = await client.request(method, path, **body)

    problem = answer.json()
    assert answer.status_code == 429
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem["code"], problem["status"]) == ("rate_limited", 429)
    assert "may send 1 requests a minute" in problem["detail"]
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.headers["ratelimit-policy"] == '"requests";q=1;w=60'
    assert answer.headers["ratelimit"] == f'"requests";r=0;t={answer.headers["retry-after"]}'


@pytest.mark.parametrize("stream", [False, True])
async def test_below_v1_a_refusal_has_the_shape_of_openai(service: Serve, stream: bool) -> None:
    client = await (await service(llm_provider="extractive")).tenant(requests=1)
    await used_up(client)

    answer = await client.post("/v1/chat/completions", json=COMPLETION | {"stream": stream})

    error = answer.json()["error"]
    assert answer.status_code == 429
    assert (error["type"], error["code"]) == ("requests", "rate_limit_exceeded")
    assert int(answer.headers["retry-after"]) >= 1


async def test_an_answer_tells_what_is_left(service: Serve) -> None:
    client = await (await service(llm_provider="extractive", credential_requests_a_minute=5)).tenant(requests=60)

    headers = (await client.get("/models")).headers

    assert headers["ratelimit-policy"] == '"requests";q=60;w=60, "key";q=5;w=60'
    assert headers["ratelimit"] == '"requests";r=59;t=1, "key";r=4;t=12'


async def test_a_tenant_that_may_send_nothing_is_refused(service: Serve) -> None:
    client = await (await service(llm_provider="extractive")).tenant(requests=0)

    answer = await client.get("/models")

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"


async def test_without_a_limit_nothing_is_said_of_one(service: Serve) -> None:
    client = await (await service(llm_provider="extractive")).tenant()

    headers = (await client.get("/models")).headers

    assert "ratelimit" not in headers
    assert "ratelimit-policy" not in headers


async def test_health_and_the_page_are_never_limited(service: Serve) -> None:
    client = await (await service(llm_provider="extractive")).tenant(requests=0)

    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/")).status_code == 200


async def test_refused_requests_are_counted_without_the_name_of_the_tenant(service: Serve) -> None:
    served = await service(llm_provider="extractive")
    client = await served.tenant(requests=1)
    await used_up(client)
    await client.get("/models")

    text = (await (await served.operator()).get("/metrics")).text

    assert 'mystack_limited_total{limit="requests"} 1.0' in text
    assert client.headers["authorization"].removeprefix("Bearer ") not in text
