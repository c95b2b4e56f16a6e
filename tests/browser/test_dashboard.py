"""The dashboard in a browser: live numbers without Prometheus, and what it says when there are none."""

import os
from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, PHONE, screenshot, serve
from tests.browser.ollama import OllamaStub

OpenPage = Callable[..., Page]
ROUNDS = 150 if os.environ.get("UPDATE_SCREENSHOTS") else 20
"""A picture shows some minutes of use."""
TABS = {
    "API": ("Requests", "Failed", "Duration", "Running", "Requests by route", "Duration of requests"),
    "RAG": ("Answers", "Grounded", "Thumbs down", "Duration of a stage", "Best retrieval score"),
    "System": ("Oldest waiting job", "Free disk", "Open jobs", "Memory", "Connections to PostgreSQL"),
    "Costs": ("Cost per hour", "Tokens of an answer", "Tokens by model"),
}


@pytest.fixture(scope="module")
def layer5(_ollama: OllamaStub) -> Iterator[str]:
    yield from serve(5, LLM_PROVIDER="ollama", OLLAMA_URL=_ollama.url)


@pytest.fixture
def used(layer5: str, ollama: OllamaStub) -> str:
    """The service, after some questions."""
    ollama.say("The tower is 41 metres high [1].")
    with httpx2.Client(base_url=layer5, timeout=60, trust_env=False) as http:
        http.post("/documents/upload", files={"file": ("tower.txt", b"The tower is 41 metres high.")})
        for question in ("How high is the tower?", "Who won the war?"):
            http.post("/chat", json={"message": question}).raise_for_status()
            http.post("/search", json={"query": question}).raise_for_status()
    return layer5


@pytest.mark.parametrize("tab", TABS)
def test_every_dashboard_shows_its_panels(open_page: OpenPage, used: str, tab: str) -> None:
    page = open_page(f"{used}/dashboard")
    page.get_by_role("link", name=tab, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(tab)
    for title in TABS[tab]:
        expect(page.get_by_role("region", name=title, exact=True)).to_be_visible()


@pytest.mark.timeout(400)
def test_numbers_come_alive_without_prometheus(open_page: OpenPage, used: str) -> None:
    page = open_page(f"{used}/dashboard")
    expect(page.locator("#state")).to_contain_text("from this service")
    routes = page.get_by_role("region", name="Requests by route", exact=True)
    with httpx2.Client(base_url=used, timeout=60, trust_env=False) as http:
        for _ in range(ROUNDS):
            http.post("/search", json={"query": "How high is the tower?"})
            http.post("/chat", json={"message": "How high is the tower?"})
            http.get("/documents")
            page.wait_for_timeout(500)
    expect(routes.get_by_role("listitem").filter(has_text="POST /search")).to_contain_text("/s")
    expect(routes.locator("canvas")).to_be_visible()
    expect(page.get_by_role("region", name="Requests", exact=True).locator(".value")).not_to_have_text("–")
    screenshot(page, "layer5-dashboard.png")


def test_an_empty_panel_says_so_in_words(open_page: OpenPage, used: str) -> None:
    page = open_page(f"{used}/dashboard#rag/15")
    votes = page.get_by_role("region", name="Thumbs down", exact=True)
    expect(votes).to_contain_text("Nobody has voted in this time.")


def test_the_address_keeps_the_dashboard_and_the_time(open_page: OpenPage, used: str) -> None:
    page = open_page(f"{used}/dashboard#system/60")
    expect(page.get_by_role("heading", level=1)).to_have_text("System")
    expect(page.get_by_label("Time shown")).to_have_value("60")
    page.get_by_label("Time shown").select_option("Last day")
    expect(page).to_have_url(f"{used}/dashboard#system/1440")
    expect(page.locator("#state")).to_contain_text("Only the last 60 minutes are kept here")
    page.go_back()
    expect(page.get_by_label("Time shown")).to_have_value("60")


def test_a_service_that_is_away_is_said(open_page: OpenPage, used: str) -> None:
    page = open_page(f"{used}/dashboard")
    expect(page.get_by_role("heading", level=1)).to_have_text("API")
    page.route("**/dashboard/data*", lambda route: route.abort())
    expect(page.get_by_role("alert")).to_contain_text("The service cannot be reached.")
    page.unroute("**/dashboard/data*")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_pausing_stops_the_requests(open_page: OpenPage, used: str) -> None:
    page = open_page(f"{used}/dashboard")
    expect(page.get_by_role("heading", level=1)).to_have_text("API")
    page.get_by_role("button", name="Pause").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(6_000)
    assert asked == []
    page.get_by_role("button", name="Resume").click()
    page.wait_for_event("request")


def test_the_page_links_to_it(open_page: OpenPage, used: str) -> None:
    page = open_page(used)
    page.get_by_role("link", name="Dashboard").click()
    expect(page).to_have_url(f"{used}/dashboard")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_is_accessible_and_fits(open_page: OpenPage, used: str, size: tuple[int, int]) -> None:
    page = open_page(f"{used}/dashboard", size)
    expect(page.get_by_role("region", name="Requests", exact=True)).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
