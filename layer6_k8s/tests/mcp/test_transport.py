"""POST /mcp as HTTP: statuses, headers, keys, origins, limits and protocol versions."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest

from api.main import create_app
from api.services.documents.service import DocumentService
from tests.library import Reader
from tests.mcp.conftest import HARBOUR
from tests.servers.ollama import OllamaServer
from tests.servers.running import eventually

ACCEPT = {"Accept": "application/json, text/event-stream"}
VERSIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]


def initialize(version: str = "2025-06-18") -> dict[str, Any]:
    client = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client}


def call(tool: str, **arguments: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


async def post(http: httpx2.AsyncClient, url: str, message: object, **headers: str) -> httpx2.Response:
    return await http.post(f"{url}/mcp", json=message, headers=ACCEPT | headers)


@pytest.mark.parametrize("version", VERSIONS)
async def test_each_version_of_the_handshake_is_spoken(url: str, http: httpx2.AsyncClient, version: str) -> None:
    response = await post(http, url, initialize(version))
    result = response.json()["result"]
    assert response.headers["content-type"] == "application/json"
    assert result["protocolVersion"] == version
    assert result["serverInfo"]["name"] == "mystack"
    assert set(result["capabilities"]) >= {"tools", "resources"}
    assert result["instructions"]


async def test_an_unknown_version_gets_one_that_is_spoken(url: str, http: httpx2.AsyncClient) -> None:
    result = (await post(http, url, initialize("1999-01-01"))).json()["result"]
    assert result["protocolVersion"] in VERSIONS


async def test_there_are_no_sessions(url: str, http: httpx2.AsyncClient) -> None:
    assert "mcp-session-id" not in (await post(http, url, initialize())).headers
    listed = await post(http, url, {"jsonrpc": "2.0", "id": 2, "method": "tools/list"})
    assert len(listed.json()["result"]["tools"]) == 4


async def test_a_notification_is_accepted_without_an_answer(url: str, http: httpx2.AsyncClient) -> None:
    response = await post(http, url, {"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (response.status_code, response.content) == (202, b"")


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_other_methods_are_not_allowed(url: str, http: httpx2.AsyncClient, method: str) -> None:
    response = await http.request(method, f"{url}/mcp", headers=ACCEPT)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_a_client_has_to_accept_json(url: str, http: httpx2.AsyncClient) -> None:
    assert (await post(http, url, initialize(), Accept="text/event-stream")).status_code == 406
    assert (await post(http, url, initialize(), Accept="*/*")).status_code == 200


async def test_responses_have_the_headers_of_every_response(url: str, http: httpx2.AsyncClient) -> None:
    response = await post(http, url, initialize(), **{"X-Request-ID": "one-2"})
    assert response.headers["x-request-id"] == "one-2"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"jsonrpc": "2.0"}', b"[" * 100_000])
async def test_what_is_no_message_is_refused(url: str, http: httpx2.AsyncClient, body: bytes) -> None:
    headers = ACCEPT | {"Content-Type": "application/json"}
    assert (await http.post(f"{url}/mcp", content=body, headers=headers)).status_code == 400


async def test_a_body_over_the_limit_is_refused(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(max_body_bytes=1_000)
    response = await post(http, url, initialize() | {"padding": "x" * 1_000})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")

    async def pieces() -> Any:
        for _ in range(3):
            yield b" " * 500

    response = await http.post(f"{url}/mcp", content=pieces(), headers=ACCEPT | {"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


async def test_a_message_counts_against_the_limit_of_requests(
    serve: Callable[..., str], http: httpx2.AsyncClient
) -> None:
    url = serve(requests_at_once=1)
    async with unfinished_message(url):
        response = await until(503, http, url)
        assert response.json()["code"] == "overloaded"
    await until(200, http, url)


@asynccontextmanager
async def unfinished_message(url: str) -> AsyncIterator[None]:
    """A connection that announces a message and does not send it."""
    address = urlsplit(url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
    await writer.drain()
    try:
        yield
    finally:
        writer.close()
        await writer.wait_closed()


async def until(status: int, http: httpx2.AsyncClient, url: str) -> httpx2.Response:
    """Repeat a message until its response has this status."""
    with anyio.fail_after(20):
        while (response := await post(http, url, initialize())).status_code != status:  # noqa: ASYNC110
            await anyio.sleep(0.02)
        return response


async def test_the_key_is_required_when_there_is_one(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(api_key="open-sesame")
    response = await post(http, url, initialize())
    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
    assert response.headers["www-authenticate"] == "Bearer"
    assert (await post(http, url, initialize(), Authorization="Bearer open-sesame")).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["https://attacker.example", "http://attacker.example:8000", "null", "", "http://localhost.attacker.example"],
)
async def test_a_web_page_of_another_origin_is_refused(url: str, http: httpx2.AsyncClient, origin: str) -> None:
    response = await post(http, url, initialize(), Origin=origin)
    assert (response.status_code, response.json()["code"]) == (403, "origin_not_allowed")


async def test_pages_of_this_machine_and_of_the_service_itself_are_accepted(url: str, http: httpx2.AsyncClient) -> None:
    for origin in (url, "http://localhost:6274", "http://[::1]:3000"):
        assert (await post(http, url, initialize(), Origin=origin)).status_code == 200


async def test_pages_of_allowed_hosts_are_accepted(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(allowed_hosts="rag.example")
    assert (await post(http, url, initialize(), Origin="https://rag.example")).status_code == 200
    assert (await post(http, url, initialize(), Origin="https://other.example")).status_code == 403


async def test_an_unknown_host_is_refused(url: str, http: httpx2.AsyncClient) -> None:
    response = await post(http, url, initialize(), Host="attacker.example")
    assert (response.status_code, response.json()["code"]) == (403, "host_not_allowed")


async def test_links_have_the_prefix_of_the_service(
    settings: Callable[..., Any], start: Callable[..., Any], http: httpx2.AsyncClient
) -> None:
    app = create_app(settings(llm_provider="extractive"))
    with start(app, root_path="/rag") as url:
        await Reader(http, f"{url}/rag").uploaded("A note.")
        response = await post(http, f"{url}/rag", call("list_documents"))
    [document] = response.json()["result"]["structuredContent"]["documents"]
    assert document["url"].startswith(f"{url}/rag/#/documents/{document['id']}?")


async def test_a_client_that_disconnects_stops_the_model(serve: Callable[..., str], ollama: OllamaServer) -> None:
    ollama.behaviour = "hang"
    url = serve(llm_provider="ollama", ollama_url=ollama.url, llm_timeout_seconds=20.0)
    async with httpx2.AsyncClient(trust_env=False, timeout=20) as client:
        await Reader(client, url).uploaded(HARBOUR)
        pending = asyncio.create_task(post(client, url, call("ask", question="When does the harbour office open?")))
        await anyio.to_thread.run_sync(eventually, lambda: ollama.chats)
        pending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pending
    await anyio.to_thread.run_sync(eventually, lambda: ollama.left == 1, 10.0)


async def test_a_fault_is_logged_and_its_result_names_the_request(
    url: str, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(*arguments: object) -> None:
        raise KeyError("secret-detail")

    monkeypatch.setattr(DocumentService, "list", fails)
    result = (await post(http, url, call("list_documents"), **{"X-Request-ID": "req-7"})).json()["result"]
    assert result["isError"]
    assert "req-7" in result["content"][0]["text"]
    assert "secret-detail" not in str(result)
    [record] = [record for record in caplog.records if record.name == "mystack.errors"]
    assert record.exc_info


CREATE = """
import sys
from api.config import Settings
from api.main import create_app
create_app(Settings(_env_file=None))
print("mcp" in sys.modules)
"""


def test_the_package_is_imported_with_the_first_message() -> None:
    done = subprocess.run([sys.executable, "-c", CREATE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
