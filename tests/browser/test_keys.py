"""Keyboard shortcuts."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.ollama import OllamaStub
from tests.browser.test_chat import answered, ask


def leave_the_question(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_label("Your question")).not_to_be_focused()


def keys(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Keyboard shortcuts")


def test_a_question_mark_shows_the_keys_and_is_only_a_letter_in_a_question(page: Page) -> None:
    page.keyboard.type("Why?")
    expect(keys(page)).to_have_count(0)
    expect(page.get_by_label("Your question")).to_have_value("Why?")
    leave_the_question(page)
    page.keyboard.type("?")
    expect(keys(page)).to_contain_text("Write a question")
    page.keyboard.press("Escape")
    expect(keys(page)).to_have_count(0)
    page.keyboard.type("/")
    expect(page.get_by_label("Your question")).to_be_focused()
    expect(page.get_by_label("Your question")).to_have_value("Why?")


def test_every_listed_key_does_what_its_description_says(page: Page, ollama: OllamaStub) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ollama.say("An answer to copy.")
    ask(page, "What is this?")
    answered(page)
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Your question")).to_have_value("What is this?")
    leave_the_question(page)
    page.keyboard.type("c")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "An answer to copy."
    ollama.say("Another answer.")
    page.keyboard.type("r")
    expect(page.get_by_role("article").last).to_contain_text("Another answer.")
    answered(page)
    page.keyboard.type("s")
    expect(page.get_by_role("dialog", name="Service")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Service")).to_be_hidden()
    page.keyboard.type("n")
    expect(page.get_by_role("article")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_focused()


def test_single_key_shortcuts_can_be_turned_off_permanently(page: Page) -> None:
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Enable single-key shortcuts").uncheck()
    page.get_by_role("button", name="Close", exact=True).click()
    page.reload()
    leave_the_question(page)
    page.keyboard.type("?")
    expect(keys(page)).to_have_count(0)
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Enable single-key shortcuts").check()
    page.keyboard.press("Escape")
    page.keyboard.type("?")
    expect(keys(page)).to_be_visible()


def test_code_is_copied_alone(page: Page, ollama: OllamaStub) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ollama.say("Like this:\n\n```python\nprint('hello')\n```\n\nThat is all.")
    ask(page, "How?")
    answered(page)
    page.get_by_role("button", name="Copy code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "print('hello')"


def test_copying_works_without_access_to_the_clipboard(page: Page, ollama: OllamaStub) -> None:
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")  # as over plain HTTP
    ollama.say("An answer to copy.")
    ask(page, "What is this?")
    answered(page)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.get_by_label("Your question").focus()
    page.keyboard.press("Control+v")
    expect(page.get_by_label("Your question")).to_have_value(re.compile("^An answer to copy.$"))
