"""A conversation that is opened again shows its answers as they were: claims, notice, and how they ended."""

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.conversations import converse, forget
from tests.browser.scripted_answer import Json
from tests.browser.test_claims import LEGEND, LENGTH, mixed_answer, provide, underlined

QUESTION = "When was the Svindersund bridge opened?"


def test_a_stored_answer_looks_like_the_one_that_was_given(open_page: Callable[..., Page], layer3: str) -> None:
    forget(layer3)
    provide(layer3)
    id = converse(layer3, QUESTION)
    stored = mixed_answer(layer3) | {"notice": "The model was slow.", "finish_reason": "length"}
    page = open_page(layer3)
    page.route(f"**/conversations/{id}?*", lambda route: answer_with(route, stored))
    page.goto(f"{layer3}/?conversation={id}")
    shown = page.get_by_role("article").last
    expect(shown.get_by_text(LEGEND)).to_be_visible()
    assert len(underlined(shown)) == 10
    expect(shown.get_by_text("The model was slow.")).to_be_visible()
    expect(shown.get_by_role("button", name="Continue")).to_be_visible()
    shown.locator(".cite").nth(1).click()
    expect(page.locator("mark")).to_have_text(LENGTH)


def answer_with(route: Route, answer: Json) -> None:
    """Let the service's stored answer be this one."""
    response = route.fetch()
    body = response.json()
    stored = body["messages"][-1]
    stored |= {"content": answer["response"], "sources": [one | {"deleted": False} for one in answer["sources"]]}
    stored["answer"] |= {name: answer[name] for name in stored["answer"]}
    route.fulfill(response=response, json=body)
