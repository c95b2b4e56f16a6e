"""The service below a path prefix, behind proxies that strip the prefix and proxies that do not."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import anyio
import httpx2
import pytest

from api.config import Settings
from api.main import create_app
from tests.servers.running import eventually, when_ready

KEY = {"Authorization": "Bearer open-sesame"}
RECEIVED_PREFIXES = pytest.mark.parametrize("prefix", ["", "/rag"], ids=["stripped", "not stripped"])

Start = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="module", params=["/rag", "/rag/"])
def prefixed(request: pytest.FixtureRequest, settings: Callable[..., Settings], start: Start) -> Iterator[str]:
    """A layer with an API key, served with a root path; its address without the prefix."""
    app = create_app(settings(llm_provider="extractive", api_key="open-sesame"))
    with start(app, root_path=request.param) as url:
        yield url


@RECEIVED_PREFIXES
@pytest.mark.parametrize("path", ["/", "/health", "/health/live", "/health/ready", "/docs", "/openapi.json"])
async def test_open_paths_need_no_key(prefixed: str, http: httpx2.AsyncClient, prefix: str, path: str) -> None:
    await when_ready(http, prefixed)
    assert (await http.get(prefixed + prefix + path)).status_code == 200


@RECEIVED_PREFIXES
async def test_all_other_paths_need_the_key(prefixed: str, http: httpx2.AsyncClient, prefix: str) -> None:
    url = f"{prefixed}{prefix}/chat"
    assert (await http.post(url, json={"message": "Hello"})).status_code == 401
    assert (await http.post(url, json={"message": "Hello"}, headers=KEY)).status_code == 200


@RECEIVED_PREFIXES
async def test_limits_and_errors_use_the_path_without_prefix(
    prefixed: str, http: httpx2.AsyncClient, prefix: str
) -> None:
    large = await http.post(f"{prefixed}{prefix}/v1/chat/completions", content=b" " * 2_000_001, headers=KEY)
    assert (large.status_code, large.json()["error"]["code"]) == (413, "body_too_large")
    for path in ("/nowhere", "/web/nowhere.js", "/docs/nowhere.js"):
        unknown = await http.get(prefixed + prefix + path, headers=KEY)
        assert (unknown.status_code, unknown.json()["instance"]) == (404, path)
    wrong_method = await http.delete(f"{prefixed}{prefix}/models", headers=KEY)
    assert (wrong_method.status_code, wrong_method.headers["allow"]) == (405, "GET")


async def test_the_prefix_without_a_slash_redirects_to_the_page(prefixed: str, http: httpx2.AsyncClient) -> None:
    response = await http.get(f"{prefixed}/rag", headers={"Host": "evil.test"})
    assert (response.status_code, response.headers["location"]) == (308, "/rag/")
    assert response.headers["x-request-id"]


async def test_the_pages_load_their_files_by_relative_links(prefixed: str, http: httpx2.AsyncClient) -> None:
    for page in ("/rag/", "/rag/docs"):
        html = (await http.get(prefixed + page)).text
        links = [part.split('"')[0] for part in html.replace('src="', 'href="').split('href="')[1:]]
        assert links
        assert [link for link in links if link.startswith(("/", "http"))] == []
        for link in links:
            if "#" not in link:
                assert (await http.get(httpx2.URL(prefixed + page).join(link))).status_code == 200


async def test_the_openapi_document_contains_the_prefix(prefixed: str, http: httpx2.AsyncClient) -> None:
    servers = (await http.get(f"{prefixed}/openapi.json")).json()["servers"]
    assert servers == [{"url": f"{prefixed}/rag"}]


@pytest.mark.parametrize("prefix", ["", "/chat"], ids=["stripped", "not stripped"])
async def test_a_prefix_may_equal_the_path_of_a_route(
    settings: Callable[..., Settings], start: Start, http: httpx2.AsyncClient, prefix: str
) -> None:
    with start(create_app(settings(llm_provider="extractive")), root_path="/chat") as url:
        assert (await http.post(f"{url}{prefix}/chat", json={"message": "Hello"})).status_code == 200
        assert "<title>" in (await http.get(f"{url}{prefix}/")).text


async def test_the_log_contains_the_path_with_one_prefix(
    prefixed: str, http: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="mystack"):
        await http.get(f"{prefixed}/rag/health/live")

        def paths() -> list[str]:
            return [record.getMessage().split()[1] for record in caplog.records if record.name == "mystack.access"]

        await anyio.to_thread.run_sync(eventually, paths)  # written after the response has been sent
    assert paths() == ["/rag/health/live"]
