"""Fetching by address: private addresses are refused, however they are written and wherever a redirect leads."""

import ipaddress
import json
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.adapters.fetch.http import HttpFetch, is_public
from api.services.jobs.fetching import AddressRefused, FetchFailed, NotFetched, name_of
from api.services.parsing.errors import DocumentTooLarge
from tests.library import Reader
from tests.servers.running import refused_address


async def page(request: Request) -> Response:
    return Response("<h1>Ferry</h1><p>The ferry leaves at seven.</p>", media_type="text/html")


async def away(request: Request) -> Response:
    return RedirectResponse(request.query_params["to"])


async def answers(request: Request) -> Response:
    return PlainTextResponse("x" * 5_000, int(request.path_params["status"]))


SITE = Starlette(routes=[Route("/page", page), Route("/away", away), Route("/{status:int}", answers)])


@pytest.fixture
def site(start: Callable[..., Any]) -> Any:
    with start(SITE) as url:
        yield url


def fetching(*allowed: str, **more: Any) -> HttpFetch:
    values: dict[str, Any] = {"allowed": allowed, "max_bytes": 1_000_000, "seconds": 10.0} | more
    return HttpFetch(**values)


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_internet_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/page",
        "http://localhost:{port}/page",
        "http://2130706433:{port}/page",
        "http://0x7f000001:{port}/page",
        "http://0177.0.0.1:{port}/page",
        "http://127.1:{port}/page",
        "http://[::1]:{port}/page",
        "http://[::ffff:127.0.0.1]:{port}/page",
        "http://0:{port}/page",
    ],
)
async def test_this_machine_is_refused_in_every_notation(site: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", as_the_c_library)
    with pytest.raises(AddressRefused):
        await fetching().fetch(url.format(port=site.rpartition(":")[2]))


def as_the_c_library(host: str, port: int, *more: Any, **others: Any) -> list[Any]:
    """Numbers as addresses, without the resolver, which tests must not ask for other machines."""
    address = "127.0.0.1" if host == "localhost" else host
    if ":" in host:
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (socket.inet_ntoa(socket.inet_aton(address)), port))]


async def test_a_name_that_resolves_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(host: str, port: int, *more: Any, **others: Any) -> list[Any]:
        public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port))
        return [public, (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(AddressRefused, match=r"rebound\.example is not a public address"):
        await fetching().fetch("http://rebound.example/")


async def test_a_redirect_to_a_private_address_is_refused(site: str) -> None:
    port = site.rpartition(":")[2]
    with pytest.raises(AddressRefused):
        await fetching("127.0.0.1").fetch(f"{site}/away?to=http://localhost:{port}/page")


async def test_an_allowed_host_is_fetched_and_its_redirects_are_followed(site: str) -> None:
    fetched = await fetching("127.0.0.1").fetch(f"{site}/away?to=/page")
    assert (fetched.filename, fetched.data[:5]) == ("page.html", b"<h1>F")


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/404", NotFetched),
        ("/503", FetchFailed),
        ("/429", FetchFailed),
        ("/200", DocumentTooLarge),
        ("/away?to=/away%3Fto=/page", None),
        ("/away?to=file:///etc/passwd", NotFetched),
        ("/away?to=http://", NotFetched),
    ],
)
async def test_what_cannot_be_fetched_is_an_error(site: str, path: str, error: type[Exception] | None) -> None:
    fetch = fetching("127.0.0.1", max_bytes=1_000)
    if error is None:
        assert (await fetch.fetch(site + path)).filename == "page.html"
        return
    with pytest.raises(error):
        await fetch.fetch(site + path)


async def test_endless_redirects_and_absent_servers_end() -> None:
    with pytest.raises(FetchFailed):
        await fetching("127.0.0.1").fetch(refused_address())


@pytest.mark.parametrize("url", ["ftp://example.com/x", "file:///etc/passwd", "http://", "javascript:1", "x"])
async def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(NotFetched):
        await fetching().fetch(url)


@pytest.mark.parametrize(
    ("url", "disposition", "kind", "name"),
    [
        ("http://a.example/docs/hand%20book.pdf", "", "application/pdf", "hand book.pdf"),
        ("http://a.example/", "", "text/html; charset=utf-8", "a.example.html"),
        ("http://a.example/page.htm", "", "text/html", "page.htm"),
        ("http://a.example/export?to=csv", "", "text/csv; charset=utf-8", "export.csv"),
        ("http://a.example/items", "", "application/json", "items.json"),
        ("http://a.example/x", 'attachment; filename="report.pdf"', "", "report.pdf"),
        ("http://a.example/x", "attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf", "", "résumé.pdf"),
    ],
)
def test_a_document_gets_a_name(url: str, disposition: str, kind: str, name: str) -> None:
    assert name_of(url, disposition, kind) == name


async def test_a_page_is_fetched_by_a_job(http: Any, serve: Callable[..., str], site: str) -> None:
    reader = Reader(http, serve(use_rag=True, fetch_allowed_hosts=("127.0.0.1",)))
    response = await http.post(f"{reader.url}/jobs/process-document", json={"url": f"{site}/page"})
    assert response.status_code == 202, response.text
    events = [event async for event in _events(reader, response.json()["id"])]
    assert events[-1]["state"] == "done"
    (document,) = (await reader.get("/documents"))["documents"]
    assert (document["filename"], document["metadata"]) == ("page.html", {"url": f"{site}/page"})
    again = await http.post(f"{reader.url}/jobs/process-document", json={"url": f"{site}/page"})
    assert [event async for event in _events(reader, again.json()["id"])][-1]["state"] == "done"
    assert len((await reader.get("/documents"))["documents"]) == 1


async def test_a_refused_address_fails_its_job_at_once(http: Any, serve: Callable[..., str], site: str) -> None:
    reader = Reader(http, serve())
    response = await http.post(f"{reader.url}/jobs/process-document", json={"url": f"{site}/page"})
    events = [event async for event in _events(reader, response.json()["id"])]
    assert events[-1]["error"]["code"] == "address_refused"


@pytest.mark.parametrize("body", [{}, {"url": "ftp://x"}, {"url": "http://a", "document_id": "x"}, {"url": 5}])
async def test_a_request_names_one_thing(http: Any, url: str, body: dict[str, Any]) -> None:
    assert (await http.post(f"{url}/jobs/process-document", json=body)).status_code == 422


async def _events(reader: Reader, job_id: str) -> AsyncIterator[dict[str, Any]]:
    async with reader.http.stream("GET", f"{reader.url}/jobs/{job_id}/events") as response:
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))
