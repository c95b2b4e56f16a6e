"""Every state of the page passes axe-core's rules, in light and dark colours, wide and narrow."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import NARROW
from tests.browser.ollama import OllamaStub
from tests.browser.test_chat import GOOD_ANSWER, answered, ask

LONG_ANSWER = f"{GOOD_ANSWER}\n\n> Quoted.\n\n```python\nprint('code that can be copied')\n```\n\n" * 5
FOCUSED = """() => {
    const { activeElement: at } = document;
    return at === document.body ? null : at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent;
}"""


def test_an_empty_page(page: Page) -> None:
    expect(page.get_by_role("button", name="Ready · ollama")).to_be_visible()
    assert violations(page) == []


def test_an_answer_that_streams_and_a_long_one(page: Page, ollama: OllamaStub) -> None:
    ollama.held.set()
    ollama.pieces = ["", "Yes."]
    ask(page, "Are you at work?")
    expect(page.get_by_text("Waiting for the answer, ")).to_be_visible()
    assert violations(page) == []
    ollama.held.clear()
    answered(page)
    ollama.say(LONG_ANSWER)
    ask(page, "How does it work?")
    answered(page)
    page.locator("#scroll").evaluate("(box) => (box.scrollTop = 0)")
    expect(page.get_by_role("button", name="Scroll to the end")).to_be_visible()
    assert violations(page) == []


def test_an_answer_that_failed_and_one_that_was_stopped(page: Page, ollama: OllamaStub) -> None:
    ollama.failing = True
    ask(page, "Does it work?")
    expect(page.get_by_role("alert")).to_be_visible()
    ollama.failing = False
    ollama.answer_endlessly()
    ask(page, "And now?")
    expect(page.get_by_role("article").last).to_contain_text("word 3")
    page.keyboard.press("Escape")
    answered(page)
    assert violations(page) == []


def test_dialogs(page: Page) -> None:
    page.get_by_role("button", name="Keyboard shortcuts").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Ready").click()
    expect(page.get_by_role("dialog", name="Service")).to_be_visible()
    assert violations(page) == []


def test_the_narrowest_screen(open_page: Callable[..., Page], layer1: str, ollama: OllamaStub) -> None:
    page = open_page(layer1, NARROW)
    ollama.say(LONG_ANSWER)
    ask(page, "How does it work?")
    answered(page)
    assert violations(page) == []
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(page.get_by_role("button", name="New chat")).to_be_focused()
    assert violations(page) == []


def test_tab_goes_through_the_page_in_reading_order(page: Page, ollama: OllamaStub) -> None:
    ask(page, "Hello?")
    answered(page)
    page.get_by_label("Your question").fill("x")  # enables the send button
    page.get_by_role("link", name="Skip to the question").focus()
    visited = [page.evaluate(FOCUSED)]
    while True:
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused in (None, visited[0]):
            break
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
