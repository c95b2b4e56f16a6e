"""Layer 4 behind an API key, with a worker that tests can pause, so that jobs stay queued."""

import io
import os
import signal
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from playwright.sync_api import Locator, Page, expect

from mystack.server import Server
from tests.browser.files import Payload, text

KEY = "open sesame"
LONG = "\n\n".join(f"Paragraph {n} tells about the tower number {n}. " * 8 for n in range(1500))
"""Embeds for longer than the list of jobs waits between two requests."""


@dataclass(frozen=True)
class Service:
    """A running layer 4."""

    server: Server
    http: httpx2.Client

    @property
    def url(self) -> str:
        return self.server.url

    @contextmanager
    def paused(self) -> Iterator[None]:
        """In the block no worker takes a job."""
        (worker,) = [child.pid for child in self.server.services.children if child.name == "worker"]
        os.killpg(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(worker, signal.SIGCONT)

    def empty(self) -> None:
        """Delete every document, and with it its jobs."""
        while documents := self.http.get("/documents?limit=200").json()["documents"]:
            for document in documents:
                self.http.delete(f"/documents/{document['id']}").raise_for_status()

    def jobs(self, state: str) -> list[str]:
        """The names of the jobs in that state."""
        return [job["filename"] for job in self.http.get(f"/jobs?state={state}&limit=200").json()["jobs"]]


def enter_key(page: Page) -> Page:
    """Answer the page's question for the key."""
    page.get_by_role("textbox", name="API key").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_text("No documents yet.")).to_be_visible()
    return page


def open_jobs(page: Page) -> Locator:
    """Open the list of jobs: its dialog."""
    page.locator("#sidebar").get_by_role("button", name="Jobs").click()
    return page.get_by_role("dialog", name="Jobs")


def row(page: Page, state: str, name: str) -> Locator:
    """A job in the list."""
    jobs = page.get_by_role("dialog", name="Jobs").get_by_role("list", name=state)
    return jobs.get_by_role("listitem").filter(has_text=name)


def long_text() -> Payload:
    return text("long.txt", LONG)


def archive(files: Mapping[str, str]) -> Payload:
    """A ZIP archive of texts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return {"name": "notes.zip", "mimeType": "application/zip", "buffer": data.getvalue()}


def drop_paths(page: Page, *paths: Path) -> None:
    """Drop files and folders of the disk, as a file manager does."""
    browser = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": kind, "x": 700, "y": 300, "data": data})
