"""The conversations on layer 3's page: axe-core's rules, keyboard shortcuts, slow responses."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import NARROW
from tests.browser.conversations import active, converse, forget, row
from tests.browser.documents import provide_documents
from tests.browser.files import handbook
from tests.browser.test_reach import FITS


@pytest.fixture
def page(open_page: Callable[..., Page], layer3: str) -> Page:
    """Layer 3's page with two conversations, the second of them the newer."""
    forget(layer3)
    provide_documents(layer3, handbook())
    converse(layer3, "When is the dome closed?")
    converse(layer3, "When may visitors come?", "And where does the observatory stand?")
    return open_page(layer3)


def test_a_list_with_an_open_conversation_and_one_that_is_being_renamed(page: Page) -> None:
    row(page, "When is the dome closed?").get_by_role("button").first.click()
    expect(page.get_by_role("article")).to_have_count(2)
    assert violations(page) == []
    row(page, "When may visitors come?").hover()
    row(page, "When may visitors come?").get_by_role("button", name="Rename").click()
    assert violations(page) == []


def test_keys_open_the_next_conversation(page: Page) -> None:
    row(page, "When may visitors come?").get_by_role("button").first.click()
    expect(page.get_by_role("article")).to_have_count(4)
    page.keyboard.type("j")
    expect(active(page)).to_have_text("When is the dome closed?")
    expect(page.get_by_role("article")).to_have_count(2)
    page.keyboard.type("j")  # no older one exists
    page.keyboard.type("k")
    expect(active(page)).to_have_text("When may visitors come?")


def test_a_slow_conversation_shows_that_it_is_loading(page: Page, layer3: str) -> None:
    row(page, "When is the dome closed?").get_by_role("button").first.click()
    expect(page.get_by_role("article")).to_have_count(2)

    held: list[Route] = []
    page.route(f"{layer3}/conversations/*", lambda route: held.append(route))
    page.reload()
    expect(page.get_by_text("Loading the conversation …")).to_be_visible()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_hidden()
    held[0].continue_()
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_text("Loading the conversation …")).to_have_count(0)


def test_the_narrowest_screen(open_page: Callable[..., Page], page: Page, layer3: str) -> None:
    narrow = open_page(layer3, NARROW)
    narrow.get_by_role("button", name="Menu", exact=True).click()
    expect(row(narrow, "When is the dome closed?")).to_be_visible()
    assert narrow.evaluate(FITS)
    assert violations(narrow) == []
