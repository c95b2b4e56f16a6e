"""GET /dashboard and its values, from the service's own samples and from Prometheus."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.services.dashboards.panels import DASHBOARDS

KEY = "open sesame"
NAMES = [dashboard.name for dashboard in DASHBOARDS]


class Prometheus:
    """A server that answers queries with one line of the value 3 at the first time, or as the test says."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer: Response | None = None
        self.app = Starlette(routes=[Route("/api/v1/query_range", self.query_range)])

    async def query_range(self, request: Request) -> Response:
        self.asked.append(dict(request.query_params))
        values = [[float(request.query_params["start"]), "3"], [float(request.query_params["end"]), "NaN"]]
        found = [{"metric": {"route": "/a", "method": "GET"}, "values": values}]
        return self.answer or JSONResponse({"status": "success", "data": {"resultType": "matrix", "result": found}})


@pytest.fixture
def prometheus(start: Callable[..., Any]) -> Iterator[Prometheus]:
    server = Prometheus()
    with start(server.app) as server.url:  # type: ignore[attr-defined]
        yield server


async def values(http: httpx2.AsyncClient, url: str, name: str = "api", minutes: int = 15) -> dict[str, Any]:
    response = await http.get(f"{url}/dashboard/data?name={name}&minutes={minutes}")
    assert response.status_code == 200, response.text
    return dict(response.json())


def panel(data: dict[str, Any], title: str) -> dict[str, Any]:
    return next(dict(panel) for panel in data["panels"] if panel["title"] == title)


@pytest.mark.parametrize("name", NAMES)
async def test_every_dashboard_has_its_panels(http: httpx2.AsyncClient, url: str, name: str) -> None:
    data = await values(http, url, name)
    assert [each["name"] for each in data["dashboards"]] == NAMES
    assert (data["name"], data["source"], data["step_seconds"], len(data["times"])) == (name, "this service", 5, 180)
    assert all(len(line["values"]) == 180 for panel in data["panels"] for line in panel["lines"])


async def test_requests_show_after_seconds(http: httpx2.AsyncClient, url: str) -> None:
    with anyio.fail_after(60):
        while True:
            await http.get(f"{url}/models")
            lines = panel(await values(http, url), "Requests by route")["lines"]
            if any(line["legend"] == "GET /models" and (line["values"][-1] or 0) > 0 for line in lines):
                break
            await anyio.sleep(0.5)


async def test_the_page_needs_no_key_and_its_values_do(serve: Callable[..., str], http: httpx2.AsyncClient) -> None:
    url = serve(llm_provider="extractive", api_key=KEY)
    page = await http.get(f"{url}/dashboard")
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert (await http.get(f"{url}/dashboard/data")).status_code == 401
    answer = await http.get(f"{url}/dashboard/data", headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200


async def test_an_unknown_dashboard_is_404(http: httpx2.AsyncClient, url: str) -> None:
    response = await http.get(f"{url}/dashboard/data?name=nothing")
    assert (response.status_code, response.json()["code"]) == (404, "dashboard_not_found")


@pytest.mark.parametrize("minutes", [0, 100_000])
async def test_a_time_that_is_too_short_or_too_long_is_422(http: httpx2.AsyncClient, url: str, minutes: int) -> None:
    assert (await http.get(f"{url}/dashboard/data?minutes={minutes}")).status_code == 422


async def test_values_come_from_prometheus(
    serve: Callable[..., str], http: httpx2.AsyncClient, prometheus: Any
) -> None:
    data = await values(http, serve(prometheus_url=prometheus.url), minutes=60)
    assert (data["source"], data["kept_seconds"], data["step_seconds"]) == ("Prometheus", None, 20)
    (line,) = panel(data, "Requests by route")["lines"]
    assert line == {"legend": "GET /a", "values": [3, *[None] * 179]}
    assert len(prometheus.asked) == sum(len(panel.queries) for panel in DASHBOARDS[0].panels)
    assert all("[60s]" in asked["query"] or "rate" not in asked["query"] for asked in prometheus.asked)


@pytest.mark.parametrize("answer", [Response("no", 500), Response(json.dumps({"data": None})), Response("[")])
async def test_a_prometheus_that_fails_is_503_in_words(
    serve: Callable[..., str], http: httpx2.AsyncClient, prometheus: Any, answer: Response
) -> None:
    prometheus.answer = answer
    response = await http.get(f"{serve(prometheus_url=prometheus.url)}/dashboard/data")
    assert (response.status_code, response.json()["code"]) == (503, "prometheus_unavailable")
