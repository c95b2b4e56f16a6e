"""The API key, the Content-Security-Policy, and the reference at /docs."""

from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serve
from tests.browser.test_chat import answered, ask


@pytest.fixture(scope="module")
def locked() -> Iterator[str]:
    """Layer 1 behind an API key, without a language model."""
    yield from serve(1, LLM_PROVIDER="extractive", API_KEY="open sesame")


def test_the_page_asks_for_the_key_once_and_stores_it_for_the_tab(open_page: Callable[..., Page], locked: str) -> None:
    page = open_page(locked)
    dialog = page.get_by_role("dialog", name="This service needs an API key")
    page.get_by_role("textbox", name="API key").fill("wrong")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("That key was not accepted.")
    page.get_by_role("textbox", name="API key").fill("open sesame")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    ask(page, "The tower is 93 metres high. How high is the tower?")
    answered(page)
    expect(page.get_by_role("article").last).to_contain_text("“The tower is 93 metres high.”")
    page.reload()
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("button", name="Ready · extractive")).to_be_visible()
    expect(dialog).to_have_count(0)


def test_without_the_key_the_page_asks_for_it(open_page: Callable[..., Page], locked: str) -> None:
    page = open_page(locked)
    page.get_by_role("button", name="Cancel").click()
    ask(page, "Let me in")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("API key")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("textbox", name="API key").fill("open sesame")
    page.get_by_role("button", name="Continue").click()
    answered(page)
    expect(page.get_by_role("article").last).to_contain_text("No language model is connected")


def test_the_content_policy_allows_no_inline_code_and_no_other_server(layer1: str) -> None:
    policy = httpx2.get(layer1).headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_the_reference_renders(open_page: Callable[..., Page], layer1: str) -> None:
    page = open_page(layer1 + "/docs")
    expect(page.get_by_role("heading", name="MyStack")).to_be_visible()
    page.get_by_role("button", name="post /chat", exact=True).click()
    expect(page.get_by_text("What is retrieval-augmented generation?").first).to_be_visible()
