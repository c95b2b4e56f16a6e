"""Without an API key only this machine's own host names are served, and those that ALLOWED_HOSTS adds."""

from collections.abc import Callable

import httpx2
import pytest

from api.http.authentication import host_name

OWN = ["localhost", "LOCALHOST:8000", "app.localhost", "127.0.0.1", "127.8.9.1:80", "[::1]", "[::1]:8000", "localhost."]
FOREIGN = [
    "attacker.example",
    "attacker.example:8000",
    "localhost.attacker.example",
    "127.0.0.1.attacker.example",
    "[",
    "",
]


async def get(http: httpx2.AsyncClient, url: str, host: str) -> httpx2.Response:
    return await http.get(url, headers={"Host": host})


@pytest.mark.parametrize("host", OWN)
async def test_this_machines_own_names_are_served(url: str, http: httpx2.AsyncClient, host: str) -> None:
    assert (await get(http, f"{url}/models", host)).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/", "/models", "/docs", "/openapi.json", "/web/main.js", "/nowhere"])
async def test_other_names_are_refused(url: str, http: httpx2.AsyncClient, host: str, path: str) -> None:
    answer = await get(http, url + path, host)
    assert (answer.status_code, answer.json()["code"]) == (403, "host_not_allowed")
    assert "ALLOWED_HOSTS" in answer.json()["detail"]


async def test_openai_clients_get_the_refusal_in_their_shape(url: str, http: httpx2.AsyncClient) -> None:
    answer = await get(http, f"{url}/v1/models", "attacker.example")
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "permission_error")


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
async def test_health_probes_may_use_any_name(url: str, http: httpx2.AsyncClient, path: str) -> None:
    assert (await get(http, url + path, "10.0.0.7:8000")).status_code == 200


async def test_allowed_hosts_adds_names(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", allowed_hosts="rag.example, Other.Example")
    for host in ("rag.example", "RAG.example:443", "other.example"):
        assert (await get(http, f"{url}/models", host)).status_code == 200
    assert (await get(http, f"{url}/models", "www.rag.example")).status_code == 403


async def test_a_star_allows_every_name(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", allowed_hosts="*")
    assert (await get(http, f"{url}/models", "anything.example")).status_code == 200


async def test_with_a_key_the_name_does_not_matter(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", api_key="open-sesame")
    headers = {"Host": "rag.example", "Authorization": "Bearer open-sesame"}
    assert (await http.get(f"{url}/models", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("header", "name"),
    [("a:1", "a"), ("[::1]:1", "::1"), ("A.B.", "a.b"), ("user@a", "a"), ("a/b", "a"), ("[", ""), ("", "")],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name
