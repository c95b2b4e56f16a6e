"""The service below a path prefix, behind proxies that strip the prefix and those that do not."""

import socket
import threading
from collections.abc import Callable, Iterator

import httpx2
import pytest
import uvicorn

from api.config import Settings
from api.main import create_app
from tests.servers.running import when_ready

KEY = {"Authorization": "Bearer open-sesame"}
BELOW = ["", "/rag"]


@pytest.fixture(scope="module")
def prefixed(settings: Callable[..., Settings]) -> Iterator[str]:
    """The layer with a key, served by `uvicorn --root-path /rag`; the address without the prefix."""
    app = create_app(settings(llm_provider="extractive", api_key="open-sesame"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, root_path="/rag", log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.mark.parametrize("prefix", BELOW)
@pytest.mark.parametrize("path", ["/", "/health", "/health/live", "/health/ready", "/docs", "/openapi.json"])
async def test_open_paths_need_no_key(prefixed: str, http: httpx2.AsyncClient, prefix: str, path: str) -> None:
    await when_ready(http, prefixed)
    assert (await http.get(prefixed + prefix + path)).status_code == 200


@pytest.mark.parametrize("prefix", BELOW)
async def test_the_other_paths_need_the_key(prefixed: str, http: httpx2.AsyncClient, prefix: str) -> None:
    url = f"{prefixed}{prefix}/chat"
    assert (await http.post(url, json={"message": "Hello"})).status_code == 401
    assert (await http.post(url, json={"message": "Hello"}, headers=KEY)).status_code == 200


@pytest.mark.parametrize("prefix", BELOW)
async def test_limits_and_errors_know_the_path(prefixed: str, http: httpx2.AsyncClient, prefix: str) -> None:
    large = await http.post(f"{prefixed}{prefix}/v1/chat/completions", content=b" " * 2_000_001, headers=KEY)
    assert (large.status_code, large.json()["error"]["code"]) == (413, "body_too_large")
    unknown = await http.get(f"{prefixed}{prefix}/nowhere", headers=KEY)
    assert (unknown.status_code, unknown.json()["instance"]) == (404, "/nowhere")
    wrong = await http.delete(f"{prefixed}{prefix}/models", headers=KEY)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET")


async def test_the_pages_load_their_files_by_relative_links(prefixed: str, http: httpx2.AsyncClient) -> None:
    for page in ("/rag/", "/rag/docs"):
        text = (await http.get(prefixed + page)).text
        links = [part.split('"')[0] for part in text.replace('src="', 'href="').split('href="')[1:]]
        assert [link for link in links if link.startswith(("/", "http"))] == []
        for link in links:
            if "#" not in link:
                assert (await http.get(httpx2.URL(prefixed + page).join(link))).status_code == 200


async def test_the_document_names_the_prefix(prefixed: str, http: httpx2.AsyncClient) -> None:
    servers = (await http.get(f"{prefixed}/openapi.json")).json()["servers"]
    assert servers == [{"url": f"{prefixed}/rag"}]
