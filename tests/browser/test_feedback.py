"""Thumbs below the answers on layer 5's page: rate, say why, undo; what was said is there again after a reload."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import NARROW, screenshot, serve
from tests.browser.conversations import forget
from tests.browser.documents import provide_documents
from tests.browser.files import handbook
from tests.browser.test_chat import answered, ask
from tests.browser.test_reach import FITS

QUESTION = "When is the dome closed?"


@pytest.fixture(scope="module")
def layer5() -> Iterator[str]:
    yield from serve(5, LLM_PROVIDER="extractive")


@pytest.fixture
def page(open_page: Callable[..., Page], layer5: str) -> Page:
    """Layer 5's page with a document and an answer about it."""
    forget(layer5)
    provide_documents(layer5, handbook())
    return asked(open_page(layer5))


def asked(page: Page) -> Page:
    ask(page, QUESTION)
    answered(page)
    return page


def thumb(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=f"{name} answer")


def expect_pressed(page: Page, *, good: bool, bad: bool) -> None:
    for name, is_pressed in (("Good", good), ("Bad", bad)):
        expect(thumb(page, name)).to_have_attribute("aria-pressed", str(is_pressed).lower())


def given(url: str) -> list[dict[str, Any]]:
    return list(httpx2.get(f"{url}/feedback").json()["feedback"])


def test_a_good_answer_is_rated_and_the_rating_is_undone(page: Page, layer5: str) -> None:
    expect(thumb(page, "Good")).to_be_visible()
    expect_pressed(page, good=False, bad=False)
    thumb(page, "Good").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    expect_pressed(page, good=True, bad=False)
    assert [(one["question"], one["rating"]) for one in given(layer5)] == [(QUESTION, "up")]
    assert violations(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Your rating was withdrawn.")).to_be_visible()
    expect_pressed(page, good=False, bad=False)
    expect(thumb(page, "Good")).to_be_focused()
    assert given(layer5) == []


def test_a_bad_answer_is_explained_with_the_keyboard_alone(page: Page, layer5: str) -> None:
    thumb(page, "Bad").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="It is wrong")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Half of it.")
    page.keyboard.press("Tab")
    page.keyboard.type("The dome is closed from 1 to 14 March.")
    screenshot(page, "layer5-feedback.png")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Thank you. Your words are kept.")).to_be_visible()
    expect(thumb(page, "Bad")).to_be_focused()
    [feedback] = given(layer5)
    assert (feedback["rating"], feedback["reason"], feedback["comment"]) == ("down", "incomplete", "Half of it.")
    assert feedback["correction"] == "The dome is closed from 1 to 14 March."


def test_a_reload_shows_what_was_said(page: Page, layer5: str) -> None:
    thumb(page, "Bad").click()
    page.get_by_role("radio", name="A source does not fit").check()
    page.get_by_role("button", name="Send feedback").click()
    expect(page.get_by_text("Your words are kept.")).to_be_visible()
    page.reload()
    expect(thumb(page, "Bad")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Say why").click()
    expect(page.get_by_role("radio", name="A source does not fit")).to_be_checked()
    page.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("radio")).to_have_count(0)
    assert [one["reason"] for one in given(layer5)] == ["bad_source"]


def test_the_last_thumb_counts_and_pressing_it_again_withdraws_it(page: Page, layer5: str) -> None:
    thumb(page, "Bad").click()
    expect(page.get_by_role("radio")).to_have_count(5)
    thumb(page, "Good").click()
    expect(page.get_by_role("radio")).to_have_count(0)
    expect_pressed(page, good=True, bad=False)
    assert [one["rating"] for one in given(layer5)] == ["up"]
    thumb(page, "Good").click()
    expect(page.get_by_text("Your rating was withdrawn.")).to_be_visible()
    assert given(layer5) == []


def test_a_failure_is_stated_and_changes_nothing(page: Page, layer5: str) -> None:
    def fail(route: Route) -> None:
        route.fulfill(status=503, json={"detail": "The store is away.", "code": "store_unavailable"})

    page.route("**/feedback", fail)
    thumb(page, "Good").click()
    expect(page.get_by_role("alert")).to_have_text("The store is away.")
    expect_pressed(page, good=False, bad=False)
    page.unroute("**/feedback", fail)
    thumb(page, "Good").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    expect_pressed(page, good=True, bad=False)


def test_an_answer_that_was_not_stored_has_no_thumbs(page: Page, layer5: str) -> None:
    def unstored(route: Route) -> None:
        route.continue_(post_data=(route.request.post_data or "")[:-1] + ', "store": false}')

    page.route("**/chat/stream", unstored)
    asked(page)
    expect(page.get_by_text("This answer could not be saved")).to_be_visible()
    expect(page.get_by_role("group", name="Rate this answer")).to_have_count(1)


def test_the_form_fits_on_the_narrowest_screen(open_page: Callable[..., Page], layer5: str) -> None:
    narrow = asked(open_page(layer5, NARROW))
    thumb(narrow, "Bad").click()
    expect(narrow.get_by_role("radio")).to_have_count(5)
    assert narrow.evaluate(FITS)
    assert violations(narrow) == []
