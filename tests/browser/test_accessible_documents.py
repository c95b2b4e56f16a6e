"""The documents and the sources on layer 2's page: axe-core's rules, keyboard shortcuts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import NARROW
from tests.browser.documents import dispatch, document, drag, empty, provide_documents
from tests.browser.files import catalogue, handbook, picture, policy
from tests.browser.test_chat import answered, ask
from tests.browser.test_reach import FITS

QUESTION = "When is the dome closed?"
NONSENSE = "Who painted the Mona Lisa?"


@pytest.fixture
def page(open_page: Callable[..., Page], layer2: str) -> Page:
    provide_documents(layer2, handbook(), policy(), catalogue())
    return open_page(layer2)


def test_an_empty_library_and_an_upload_that_failed(open_page: Callable[..., Page], layer2: str) -> None:
    empty(layer2)
    page = open_page(layer2)
    expect(page.get_by_text("No documents yet. Drop files anywhere.")).to_be_visible()
    drag(page, [picture()])
    assert violations(page) == []
    dispatch(page, "drop")
    expect(page.get_by_role("alert").get_by_role("button", name="Try again")).to_be_visible()
    assert violations(page) == []


def test_an_answer_with_its_sources_and_a_refusal(page: Page) -> None:
    ask(page, QUESTION)
    answered(page)
    ask(page, NONSENSE)
    answered(page)
    expect(page.get_by_role("article").last.get_by_role("button", name="Add documents")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Source 1").first.click()
    expect(page.locator("mark")).to_be_visible()
    assert violations(page) == []


def test_a_document_and_the_question_whether_to_delete_it(page: Page) -> None:
    document(page, "travel-policy.md").get_by_role("button").first.click()
    expect(page.get_by_role("dialog", name="travel-policy.md")).to_contain_text("Journeys of less than")
    assert violations(page) == []
    document(page, "travel-policy.md").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog", name="Delete this document?")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")


def test_sources_on_the_narrowest_screen(open_page: Callable[..., Page], layer2: str) -> None:
    provide_documents(layer2, handbook(), policy(), catalogue())
    narrow = open_page(layer2, NARROW)
    ask(narrow, QUESTION)
    answered(narrow)
    assert narrow.evaluate(FITS)
    narrow.get_by_role("button", name="Source 1").first.click()
    expect(narrow.locator("mark")).to_be_in_viewport()
    assert narrow.evaluate(FITS)
    assert violations(narrow) == []


def test_a_digit_opens_that_source_of_the_last_answer_and_u_chooses_files(page: Page) -> None:
    page.on("filechooser", lambda chooser: None)  # enables the event, which takes the browser a moment
    ask(page, QUESTION)
    answered(page)
    page.keyboard.press("Escape")
    page.keyboard.type("1")
    expect(page.get_by_role("dialog", name="staff-handbook.pdf").locator("mark")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.type("9")  # no source has that number
    expect(page.get_by_role("dialog")).to_have_count(0)
    with page.expect_file_chooser():
        page.keyboard.type("u")
