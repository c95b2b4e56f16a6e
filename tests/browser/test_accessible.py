"""Every state of the page stands up to axe-core's rules, in light and in dark, wide and narrow."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.axe import complaints
from tests.browser.conftest import NARROW
from tests.browser.ollama import StandIn
from tests.browser.test_chat import GOOD_ANSWER, answered, ask

LONG_ANSWER = f"{GOOD_ANSWER}\n\n> Quoted.\n\n```python\nprint('code that can be copied')\n```\n\n" * 5
FOCUSED = """() => {
    const { activeElement: at } = document;
    return at === document.body ? null : at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent;
}"""


def test_a_page_with_nothing_on_it_yet(page: Page) -> None:
    expect(page.get_by_role("button", name="Ready · ollama")).to_be_visible()
    assert complaints(page) == []


def test_an_answer_under_way_and_a_long_one_that_is_there(page: Page, ollama: StandIn) -> None:
    ollama.held.set()
    ollama.pieces = ["", "Yes."]
    ask(page, "Are you at work?")
    expect(page.get_by_text("Waiting for the answer, ")).to_be_visible()
    assert complaints(page) == []
    ollama.held.clear()
    answered(page)
    ollama.say(LONG_ANSWER)
    ask(page, "How does it work?")
    answered(page)
    page.locator("#scroll").evaluate("(box) => (box.scrollTop = 0)")
    expect(page.get_by_role("button", name="To the end")).to_be_visible()
    assert complaints(page) == []


def test_an_answer_that_failed_and_one_that_was_stopped(page: Page, ollama: StandIn) -> None:
    ollama.failing = True
    ask(page, "Does it work?")
    expect(page.get_by_role("alert")).to_be_visible()
    ollama.failing = False
    ollama.say_without_end()
    ask(page, "And now?")
    expect(page.get_by_role("article").last).to_contain_text("word 3")
    page.keyboard.press("Escape")
    answered(page)
    assert complaints(page) == []


def test_what_opens_over_the_page(page: Page) -> None:
    page.get_by_role("button", name="Keyboard shortcuts").click()
    assert complaints(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Ready").click()
    expect(page.get_by_role("dialog", name="Service")).to_be_visible()
    assert complaints(page) == []


def test_the_narrowest_screen(open_page: Callable[..., Page], layer1: str, ollama: StandIn) -> None:
    page = open_page(layer1, NARROW)
    ollama.say(LONG_ANSWER)
    ask(page, "How does it work?")
    answered(page)
    assert complaints(page) == []
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(page.get_by_role("button", name="New chat")).to_be_focused()
    assert complaints(page) == []


def test_tab_goes_through_the_page_in_reading_order(page: Page, ollama: StandIn) -> None:
    ask(page, "Hello?")
    answered(page)
    page.get_by_label("Your question").fill("x")  # nothing can be sent before
    page.get_by_role("link", name="Skip to the question").focus()
    visited = [page.evaluate(FOCUSED)]
    while (focused := page.keyboard.press("Tab") or page.evaluate(FOCUSED)) and focused != visited[0]:
        visited.append(focused)
        assert len(visited) < 30, visited
    assert visited == [
        "Skip to the question",
        "New chat",
        "Ready · ollama",
        "API reference",
        "Keyboard shortcuts",
        "Copy",
        "Ask again",
        "Your question",
        "Model",
        "Send",
    ]
