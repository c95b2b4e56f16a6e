"""Every route is measured by its template, and no label grows with what clients send."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from api.adapters.layer_file import read_layer
from api.config import Settings
from api.main import create_app
from api.services.metrics.names import all_series
from tests.library import Reader
from tests.metrics.conftest import Scraped

REQUESTS = "mystack_http_requests_total"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
OPERATIONS = [
    (method.upper(), path)
    for path, operations in create_app(Settings(_env_file=None)).openapi()["paths"].items()
    for method in operations
]
Scrape = Callable[..., Any]


async def test_every_route_of_the_api_is_counted_under_its_template(
    serve: Callable[..., str], http: httpx2.AsyncClient, scrape: Scrape, tmp_path: Path
) -> None:
    url = serve(llm_provider="extractive", guides_path=tmp_path)
    for method, path in OPERATIONS:
        address = url + re.sub(r"\{\w+\}", str(uuid4()), path)
        async with http.stream(method, address, headers={"Last-Event-ID": "0"}) as response:
            assert response.status_code != 500, path
    scraped: Scraped = await scrape(url)
    counted = {(labels["method"], labels["route"]) for labels in scraped.all(REQUESTS)}
    assert set(OPERATIONS) - counted == {("GET", "/metrics")} - counted
    timed = {(labels["method"], labels["route"]) for labels in scraped.all("mystack_http_request_seconds_count")}
    assert timed == counted
    values = {value for _, labels in scraped.samples for _, value in labels}
    assert not [value for value in values if UUID.search(value)]


async def test_unknown_paths_and_methods_are_one_label_each(
    serve: Callable[..., str], http: httpx2.AsyncClient, scrape: Scrape
) -> None:
    url = serve(llm_provider="extractive")
    for number in range(20):
        assert (await http.get(f"{url}/nowhere/{number}")).status_code == 404
        await http.request(f"WORD{number}", f"{url}/chat")
    scraped: Scraped = await scrape(url)
    assert scraped.value(REQUESTS, method="GET", route="unmatched", status="404") == 20
    assert {(labels["method"], labels["route"]) for labels in scraped.all(REQUESTS)} == {
        ("GET", "unmatched"),
        ("other", "/chat"),
    }


async def test_metrics_need_the_key_that_all_else_needs(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", api_key="open-sesame")
    assert (await http.get(f"{url}/metrics")).status_code == 401
    given = {"Authorization": "Bearer open-sesame", "Host": "rag.example"}
    assert (await http.get(f"{url}/metrics", headers=given)).status_code == 200


@pytest.mark.parametrize(("host", "status"), [("10.1.2.3:8000", 200), ("[fd00::1]", 200), ("rag.example", 403)])
async def test_without_a_key_metrics_are_served_under_addresses_but_not_under_foreign_names(
    library: str, http: httpx2.AsyncClient, host: str, status: int
) -> None:
    assert (await http.get(f"{library}/metrics", headers={"Host": host})).status_code == status
    assert (await http.get(f"{library}/documents", headers={"Host": host})).status_code == 403


async def test_switched_off_there_are_none(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", metrics=False)
    assert (await http.post(f"{url}/chat", json={"message": "Hello"})).status_code == 200
    response = await http.get(f"{url}/metrics")
    assert (response.status_code, response.json()["code"]) == (404, "metrics_off")


async def test_the_format_is_the_one_that_is_asked_for(library: str, http: httpx2.AsyncClient) -> None:
    plain = await http.get(f"{library}/metrics")
    assert plain.headers["content-type"].startswith("text/plain; version=0.0.4")
    accept = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5"
    openmetrics = await http.get(f"{library}/metrics", headers={"Accept": accept})
    assert openmetrics.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert openmetrics.text.endswith("# EOF\n")
    assert "_created" not in openmetrics.text


async def test_all_series_are_shown_and_the_process_too(reader: Reader, scrape: Scrape) -> None:
    await reader.uploaded("The ferry to Lindholm leaves at seven.")
    await reader.post("/chat", message="When does the ferry to Lindholm leave?")
    text = (await reader.http.get(f"{reader.url}/metrics")).text
    for series in all_series():
        assert f"# TYPE {series.name} {series.kind}\n" in text
    scraped: Scraped = await scrape(reader.url)
    assert scraped.value("process_resident_memory_bytes") > 0
    (info,) = scraped.all("mystack_build_info")
    assert info["layer"] == str(read_layer(Path(__file__).parents[2]).number)
