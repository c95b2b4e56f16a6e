"""What one does with conversations, on the page and over HTTP."""

from typing import Any

import httpx2
from playwright.sync_api import Locator, Page

from tests.browser.files import catalogue, handbook, policy
from tests.browser.library import hold

QUESTION = "When is the dome closed?"
FOLLOW_UP = "And when may visitors come?"


def begin(url: str) -> None:
    """Have the service hold three documents, and no conversations."""
    forget(url)
    hold(url, handbook(), policy(), catalogue())


def forget(url: str) -> None:
    """Delete every conversation."""
    for one in kept(url):
        httpx2.delete(f"{url}/conversations/{one['id']}").raise_for_status()


def kept(url: str) -> list[dict[str, Any]]:
    return list(httpx2.get(f"{url}/conversations?limit=200").json()["conversations"])


def converse(url: str, *questions: str) -> str:
    """Have a conversation over HTTP; gives its id."""
    body: dict[str, str] = {}
    for question in questions:
        answer = httpx2.post(f"{url}/chat", json={"message": question} | body, timeout=60).json()
        body = {"conversation_id": answer["conversation_id"]}
    return body["conversation_id"]


def rows(page: Page) -> Locator:
    return page.locator(".conversations li")


def row(page: Page, title: str) -> Locator:
    return rows(page).filter(has_text=title)


def remove(page: Page, title: str) -> None:
    """Press the button that a row shows when it is pointed at."""
    row(page, title).hover()
    row(page, title).get_by_role("button", name="Delete").click()


def active(page: Page) -> Locator:
    return page.locator(".conversations [aria-current]")
