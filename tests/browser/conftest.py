"""The page in headless Chromium, served by the real application of each layer.

With `UPDATE_SCREENSHOTS=1`, the tests write the README's pictures to docs/images/.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from mystack.project import ROOT, find_layer
from mystack.server import Server, serving
from tests.browser.ollama import OllamaStub, serving_ollama

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
IMAGES = ROOT / "docs" / "images"
TIMEOUT = 20_000  # ms; far more than any step takes on an idle machine
DESKTOP = (1280, 800)
PHONE = (360, 740)
NARROW = (320, 640)
expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. Closed before the tests of other packages begin: its event loop would conflict with theirs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def _ollama() -> Iterator[OllamaStub]:
    with serving_ollama() as stub:
        yield stub


@pytest.fixture
def ollama(_ollama: OllamaStub) -> Iterator[OllamaStub]:
    """The language model that the layers use, reset for each test."""
    _ollama.reset()
    yield _ollama
    _ollama.held.clear()


@pytest.fixture(scope="package")
def layer1(_ollama: OllamaStub) -> Iterator[str]:
    """Layer 1 with a language model: its address."""
    yield from serve(1, LLM_PROVIDER="auto", OLLAMA_URL=_ollama.url)


@pytest.fixture(scope="session")
def guides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of guides to load."""
    folder = tmp_path_factory.mktemp("guides")
    (folder / "layer2").mkdir()
    (folder / "layer2" / "01-rag-fundamentals.md").write_text(
        "# RAG\n\nRetrieval-augmented generation answers a question from documents that were searched for it.\n"
    )
    return folder


@pytest.fixture(scope="package")
def layer2(guides: Path) -> Iterator[str]:
    """Layer 2 on embedded stores, without a language model: its address."""
    yield from serve(2, LLM_PROVIDER="extractive", GUIDES_PATH=str(guides))


@pytest.fixture(scope="package")
def layer3() -> Iterator[str]:
    """Layer 3 without a language model: its address."""
    yield from serve(3, LLM_PROVIDER="extractive")


def serve(layer: int, **settings: str) -> Iterator[str]:
    """The address of a layer that runs with these settings and data of its own."""
    with running(layer, **settings) as server:
        yield server.url


@contextmanager
def running(layer: int, **settings: str) -> Iterator[Server]:
    """A layer that runs with these settings and data of its own."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as log:
        folder = Path(name)
        with serving(find_layer(layer), folder, env=environment | settings, output=log) as server:
            yield server


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address in a new browser context; at the end, the console must show no error."""
    pages: list[Page] = []
    errors: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # The browser reports every response with status 400 or above; only the page's own errors count.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            errors.append(message.text)

    def open_page(url: str, size: tuple[int, int] = DESKTOP, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        context.set_default_timeout(TIMEOUT)
        page = context.new_page()
        page.on("console", on_console)
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        load(page, url)
        return page

    yield open_page
    for page in pages:
        page.context.close()
    assert errors == []


def load(page: Page, url: str) -> None:
    """Open an address; again if the machine's network changed meanwhile, since Chromium then drops its requests."""
    changed: list[str] = []
    page.on("requestfailed", lambda request: changed.append(str(request.failure)))
    for _ in range(5):
        changed.clear()
        page.goto(url)
        if "net::ERR_NETWORK_CHANGED" not in changed:
            return


@pytest.fixture
def page(open_page: Callable[..., Page], layer1: str, ollama: OllamaStub) -> Page:
    """Layer 1's page."""
    return open_page(layer1)


def screenshot(page: Page, name: str) -> None:
    """Write a picture for the README, if UPDATE_SCREENSHOTS is set."""
    if os.environ.get("UPDATE_SCREENSHOTS"):
        IMAGES.mkdir(parents=True, exist_ok=True)
        page.mouse.move(0, 0)
        page.screenshot(path=IMAGES / name, animations="disabled")
