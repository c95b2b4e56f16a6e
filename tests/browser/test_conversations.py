"""The conversations of layer 3's page."""

import re
from collections.abc import Callable

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import load
from tests.browser.conversations import FOLLOW_UP, QUESTION, active, begin, converse, forget, remove, row, rows, stored
from tests.browser.test_chat import answered, ask
from tests.browser.test_citations import NEAR_MISS

ADDRESS = re.compile(r"/\?conversation=[\da-f-]{36}$")


@pytest.fixture
def page(open_page: Callable[..., Page], layer3: str) -> Page:
    """Layer 3's page with three documents and no conversations."""
    begin(layer3)
    return open_page(layer3)


def test_a_reload_comes_back_to_the_conversation_with_its_citations(page: Page) -> None:
    ask(page, QUESTION)
    answered(page)
    expect(active(page)).to_have_text(QUESTION)
    expect(page).to_have_url(ADDRESS)
    ask(page, FOLLOW_UP)
    answered(page)
    page.reload()
    expect(page.get_by_role("article")).to_have_count(4)
    expect(active(page)).to_have_text(QUESTION)
    expect(page).to_have_title(f"{QUESTION} · MyStack")
    page.get_by_role("article").nth(1).locator(".cite").first.click()
    expect(page.locator("mark")).to_contain_text("The dome is closed")
    expect(page.get_by_role("dialog")).to_contain_text("word for word")


def test_conversations_are_opened_and_the_browser_goes_back(page: Page, layer3: str) -> None:
    converse(layer3, "What does the handbook say about the mirror?")
    page.reload()
    ask(page, QUESTION)
    answered(page)
    expect(rows(page)).to_have_count(2)
    row(page, "mirror").get_by_role("button").first.click()
    expect(page.get_by_role("article").first).to_contain_text("the mirror?")
    expect(active(page)).to_contain_text("the mirror?")
    page.get_by_role("button", name="New chat").click()
    expect(page.get_by_role("article")).to_have_count(0)
    expect(active(page)).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("article").first).to_contain_text("the mirror?")
    page.go_back()
    expect(page.get_by_role("article").first).to_contain_text(QUESTION)
    expect(active(page)).to_have_text(QUESTION)


def test_a_new_chat_stays_new_after_a_reload(page: Page) -> None:
    ask(page, QUESTION)
    answered(page)
    page.get_by_role("button", name="New chat").click()
    page.reload()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    ask(page, FOLLOW_UP)
    answered(page)
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_have_text(FOLLOW_UP)


def test_a_source_whose_document_was_deleted_says_so(page: Page, layer3: str) -> None:
    ask(page, QUESTION)
    answered(page)
    for document in httpx2.get(f"{layer3}/documents").json()["documents"]:
        httpx2.delete(f"{layer3}/documents/{document['id']}").raise_for_status()
    page.reload()
    answer = page.get_by_role("article").last
    expect(answer.get_by_role("list", name="Sources")).to_contain_text("This document has been deleted.")
    expect(answer).not_to_contain_text("72 kilometres")
    answer.locator(".cite").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("This document has been deleted")
    assert page.locator("mark").count() == 0


def test_a_reload_shows_the_closest_passages_under_a_refusal(page: Page, layer3: str) -> None:
    ask(page, NEAR_MISS)
    answered(page)
    before = page.get_by_role("list", name="Closest passages").get_by_role("button").all_text_contents()
    conversation = stored(layer3)[0]["id"]
    page.goto(f"{layer3}/?conversation={conversation}")
    closest = page.get_by_role("list", name="Closest passages").get_by_role("button")
    expect(closest).to_have_text(before)
    closest.first.click()
    expect(page.get_by_role("dialog")).to_contain_text("The quote matches the document word for word.")


def test_a_conversation_is_renamed_in_its_row(page: Page, layer3: str) -> None:
    converse(layer3, QUESTION)
    page.reload()
    row(page, QUESTION).hover()
    page.get_by_role("button", name=f"Rename {QUESTION}").click()
    title = page.get_by_role("textbox", name="Title")
    expect(title).to_have_value(QUESTION)
    title.fill("No")
    title.press("Escape")
    expect(row(page, QUESTION).get_by_role("button").first).to_be_focused()
    page.get_by_role("button", name=f"Rename {QUESTION}").click()
    title.fill("The dome")
    title.press("Enter")
    expect(rows(page)).to_have_text(["The dome"])
    expect(row(page, "The dome").get_by_role("button").first).to_be_focused()
    assert [conversation["title"] for conversation in stored(layer3)] == ["The dome"]


def test_a_conversation_is_deleted_after_asking(page: Page, layer3: str) -> None:
    converse(layer3, "What does the handbook say about the mirror?")
    page.reload()
    ask(page, QUESTION)
    answered(page)
    expect(rows(page)).to_have_count(2)
    dialog = page.get_by_role("dialog", name="Delete this conversation?")
    remove(page, QUESTION)
    page.keyboard.press("Enter")  # Cancel has the focus
    expect(dialog).to_have_count(0)
    remove(page, "mirror")
    dialog.get_by_role("button", name="Delete").click()
    expect(rows(page)).to_have_text([QUESTION])
    expect(page.get_by_role("article")).to_have_count(2)
    remove(page, QUESTION)
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("article")).to_have_count(0)
    expect(page).not_to_have_url(ADDRESS)
    assert stored(layer3) == []


def test_a_conversation_deleted_elsewhere_says_so(page: Page, layer3: str) -> None:
    id = converse(layer3, QUESTION)
    forget(layer3)
    load(page, f"{layer3}/?conversation={id}")
    expect(page.get_by_role("alert")).to_have_text("This conversation has been deleted.")
    expect(page).not_to_have_url(ADDRESS)
    ask(page, QUESTION)
    answered(page)
    forget(layer3)
    ask(page, FOLLOW_UP)
    expect(page.get_by_role("article").last).to_contain_text("“Try again” starts a new one.")
    page.get_by_role("button", name="Try again").click()
    answered(page)
    expect(rows(page)).to_have_text([FOLLOW_UP])


def test_a_conversation_that_cannot_be_read_can_be_retried(page: Page, layer3: str) -> None:
    id = converse(layer3, QUESTION)
    problem = '{"detail": "PostgreSQL cannot be reached.", "code": "store_unavailable"}'
    page.route(f"{layer3}/conversations/*", lambda route: route.fulfill(status=503, body=problem))
    load(page, f"{layer3}/?conversation={id}")
    expect(page.get_by_role("alert")).to_contain_text("PostgreSQL cannot be reached.")
    page.unroute(f"{layer3}/conversations/*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_answer_that_could_not_be_saved_says_so(page: Page) -> None:
    done = '{"response": "Yes.", "model": "m", "latency_ms": 1, "conversation_id": null, "message_id": null}'
    page.route("**/chat/stream", lambda route: route.fulfill(body=f"event: done\ndata: {done}\n\n"))
    ask(page, "Is it saved?")
    expect(page.get_by_role("article").last).to_contain_text(
        "This answer could not be saved, so follow-up questions will not see it."
    )
    page.reload()
    expect(page.get_by_role("article").last).to_contain_text("Yes.")


def test_older_conversations_are_loaded_on_demand(page: Page, layer3: str) -> None:
    for number in range(5):
        converse(layer3, f"Question {number}")
    page.route("**/conversations?*", lambda r: r.continue_(url=r.request.url.replace("limit=30", "limit=2")))
    page.reload()
    expect(rows(page)).to_have_text(["Question 4", "Question 3"])
    page.get_by_role("button", name="Show older").click()
    expect(rows(page)).to_have_count(4)
    ask(page, QUESTION)
    answered(page)
    expect(rows(page)).to_have_text([QUESTION, *(f"Question {number}" for number in (4, 3, 2, 1))])
    page.get_by_role("button", name="Show older").click()
    expect(rows(page)).to_have_text([QUESTION, *(f"Question {number}" for number in (4, 3, 2, 1, 0))])
    expect(page.get_by_role("button", name="Show older")).to_be_hidden()


def test_earlier_messages_are_loaded_on_demand(page: Page, layer3: str) -> None:
    id = converse(layer3, *(f"Question {number}" for number in range(4)))
    page.route(f"{layer3}/conversations/*", lambda r: r.continue_(url=r.request.url.replace("limit=100", "limit=4")))
    load(page, f"{layer3}/?conversation={id}")
    expect(page.get_by_role("article")).to_have_count(4)
    expect(page.get_by_role("article").first).to_contain_text("Question 2")
    page.get_by_role("button", name="Show earlier messages").click()
    expect(page.get_by_role("article")).to_have_count(8)
    expect(page.get_by_role("article").first).to_contain_text("Question 0")
    expect(page.get_by_role("button", name="Show earlier messages")).to_have_count(0)


def test_everything_by_keyboard(page: Page, layer3: str) -> None:
    converse(layer3, QUESTION)
    page.reload()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="New chat").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_have_count(2)
    page.keyboard.press("Tab")
    rename = page.get_by_role("button", name=f"Rename {QUESTION}")
    expect(rename).to_be_focused()
    assert rename.evaluate("(element) => getComputedStyle(element).opacity") == "1"
    page.keyboard.press("Enter")
    page.keyboard.type("The dome")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_text(["The dome"])
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_focused()
