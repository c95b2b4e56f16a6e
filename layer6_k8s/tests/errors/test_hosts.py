"""Without an API key the service accepts only the host names of this machine and those in ALLOWED_HOSTS."""

from collections.abc import Callable

import httpx2
import pytest

from api.http.authentication import host_name

LOOPBACK = [
    "localhost",
    "LOCALHOST:8000",
    "app.localhost",
    "127.0.0.1",
    "127.8.9.1:80",
    "[::1]",
    "[::1]:8000",
    "localhost.",
]
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


@pytest.mark.parametrize("host", LOOPBACK)
async def test_loopback_names_are_accepted(url: str, http: httpx2.AsyncClient, host: str) -> None:
    assert (await get(http, f"{url}/models", host)).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("path", ["/", "/models", "/docs", "/openapi.json", "/web/main.js", "/nowhere"])
async def test_other_names_get_403(url: str, http: httpx2.AsyncClient, host: str, path: str) -> None:
    response = await get(http, url + path, host)
    assert (response.status_code, response.json()["code"]) == (403, "host_not_allowed")
    assert "ALLOWED_HOSTS" in response.json()["detail"]


async def test_openai_clients_get_the_403_in_their_format(url: str, http: httpx2.AsyncClient) -> None:
    response = await get(http, f"{url}/v1/models", "attacker.example")
    assert (response.status_code, response.json()["error"]["type"]) == (403, "permission_error")


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
async def test_health_probes_may_use_any_host_name(url: str, http: httpx2.AsyncClient, path: str) -> None:
    assert (await get(http, url + path, "10.0.0.7:8000")).status_code == 200


async def test_names_in_allowed_hosts_are_accepted(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", allowed_hosts="rag.example, Other.Example")
    for host in ("rag.example", "RAG.example:443", "other.example"):
        assert (await get(http, f"{url}/models", host)).status_code == 200
    assert (await get(http, f"{url}/models", "www.rag.example")).status_code == 403


async def test_a_star_in_allowed_hosts_accepts_every_name(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", allowed_hosts="*")
    assert (await get(http, f"{url}/models", "anything.example")).status_code == 200


async def test_with_an_api_key_every_name_is_accepted(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", api_key="open-sesame")
    headers = {"Host": "rag.example", "Authorization": "Bearer open-sesame"}
    assert (await http.get(f"{url}/models", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("header", "name"),
    [("a:1", "a"), ("[::1]:1", "::1"), ("A.B.", "a.b"), ("user@a", "a"), ("a/b", "a"), ("[", ""), ("", "")],
)
def test_host_name_strips_port_brackets_and_trailing_dot(header: str, name: str) -> None:
    assert host_name(header) == name
