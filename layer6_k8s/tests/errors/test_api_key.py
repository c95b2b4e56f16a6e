"""Which paths require the API key."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from tests.servers.running import when_ready

KEY = "open-sesame-é"


@pytest.fixture(scope="module")
def locked(settings: Callable[..., Any], start: Callable[..., Any]) -> Iterator[str]:
    """A layer with an API key."""
    from api.main import create_app

    with start(create_app(settings(llm_provider="extractive", api_key=KEY + "\n"))) as address:
        yield address


OPEN = ["/", "/health", "/health/live", "/health/ready", "/docs", "/docs/swagger-ui.css", "/openapi.json"]
CLOSED = [
    ("POST", "/chat"),
    ("POST", "/chat/stream"),
    ("GET", "/models"),
    ("GET", "/v1/models"),
    ("POST", "/v1/chat/completions"),
    ("GET", "/nowhere"),
    ("GET", "/healthy"),
    ("GET", "/docsx"),
    ("GET", "/%2e%2e/models"),
    ("GET", "//models"),
    ("HEAD", "/models"),
    ("OPTIONS", "/chat"),
]


@pytest.mark.parametrize("path", OPEN)
async def test_open_paths_need_no_key(locked: str, http: httpx2.AsyncClient, path: str) -> None:
    await when_ready(http, locked)
    assert (await http.get(locked + path)).status_code == 200


@pytest.mark.parametrize(("method", "path"), CLOSED)
async def test_all_other_requests_without_a_key_get_401(
    locked: str, http: httpx2.AsyncClient, method: str, path: str
) -> None:
    response = await http.request(method, locked + path)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    if method != "HEAD":
        code = response.json()["error"]["code"] if path.startswith("/v1/") else response.json()["code"]
        assert code == "unauthorized"


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", "Basic open-sesame-é", "open-sesame-é", "Bearer open-sesame-éx"]
)
async def test_a_wrong_key_gets_401(locked: str, http: httpx2.AsyncClient, given: str) -> None:
    response = await http.get(f"{locked}/models", headers=[(b"Authorization", given.encode())])
    assert response.status_code == 401
    assert KEY not in response.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
async def test_the_right_key_is_accepted_whatever_the_case_of_the_scheme(
    locked: str, http: httpx2.AsyncClient, scheme: str
) -> None:
    response = await http.get(f"{locked}/models", headers=[(b"Authorization", f"{scheme} {KEY}".encode())])
    assert response.status_code == 200


@pytest.mark.parametrize("host", ["x/health?", "x/health#", "x/docs/", "/health"])
async def test_a_forged_host_header_does_not_bypass_the_key(locked: str, http: httpx2.AsyncClient, host: str) -> None:
    assert (await http.get(f"{locked}/models", headers={"Host": host})).status_code == 401


async def test_without_an_api_key_setting_no_path_needs_a_key(url: str, http: httpx2.AsyncClient) -> None:
    assert (await http.get(f"{url}/models")).status_code == 200
