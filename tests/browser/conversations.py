"""Actions on conversations, on the page and over HTTP."""

from typing import Any

import httpx2
from playwright.sync_api import Locator, Page

from tests.browser.documents import provide_documents
from tests.browser.files import catalogue, handbook, policy

QUESTION = "When is the dome closed?"
FOLLOW_UP = "And when may visitors come?"


def begin(url: str) -> None:
    """Provide three documents, and delete every conversation."""
    forget(url)
    provide_documents(url, handbook(), policy(), catalogue())


def forget(url: str) -> None:
    """Delete every conversation."""
    for conversation in stored(url):
        httpx2.delete(f"{url}/conversations/{conversation['id']}").raise_for_status()


def stored(url: str) -> list[dict[str, Any]]:
    """The service's conversations."""
    return list(httpx2.get(f"{url}/conversations?limit=200").json()["conversations"])


def converse(url: str, *questions: str) -> str:
    """Ask questions over HTTP in one conversation; returns its id."""
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
    """Press a row's delete button, which appears on hover."""
    row(page, title).hover()
    row(page, title).get_by_role("button", name="Delete").click()


def active(page: Page) -> Locator:
    return page.locator(".conversations [aria-current]")
