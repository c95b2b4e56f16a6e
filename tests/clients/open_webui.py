"""Open WebUI on a running layer, driven in a browser: models, an answer with its source, title and follow-ups.

    make try-open-webui [PORT=8000]

The layer must be running with documents. Open WebUI is installed by pip into .mystack/clients/open_webui, which takes
several gigabytes, and keeps its data in a folder that is deleted at the end. Screenshots go to .mystack/open_webui.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from playwright.sync_api import Page, expect, sync_playwright

from mystack.project import ROOT
from tests.clients.conftest import ENVIRONMENTS

VERSION = "0.12.4"
SCREENSHOTS = ROOT / ".mystack" / "open_webui"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
QUESTION = "How are invented markers handled?"
READY_SECONDS = 300
ANSWER_MS = 120_000


def main(layer: str, port: int = 8406) -> None:
    """Install, start, and walk through a chat. `layer`: the address of the running layer."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    names = [model["id"] for model in httpx2.get(f"{layer}/v1/models").raise_for_status().json()["data"]]
    with (
        tempfile.TemporaryDirectory(prefix="open-webui-") as data,
        running(layer, port, data) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(url)
        walk(page, names[0])
        browser.close()
    print(f"screenshots: {SCREENSHOTS}")  # noqa: T201


def walk(page: Page, model: str) -> None:
    """The model is listed, the answer has sources that open, and the chat gets a title and follow-ups."""
    box = page.locator("#chat-input")
    expect(box).to_be_visible(timeout=READY_SECONDS * 1000)
    page.get_by_role("button", name="Okay, Let's Go!").click()  # the news of the release
    page.get_by_role("button", name="Selected model:").click()
    page.screenshot(path=SCREENSHOTS / "1-models.png")
    page.get_by_role("option", name=model).or_(page.get_by_role("menuitem", name=model)).first.click()
    box.click()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    sources = page.get_by_role("button", name="Toggle").filter(has_text="Source")
    expect(sources).to_be_visible(timeout=ANSWER_MS)
    page.screenshot(path=SCREENSHOTS / "2-answer.png")
    page.get_by_role("button", name="View source:").first.click()
    page.wait_for_timeout(1_000)
    page.screenshot(path=SCREENSHOTS / "3-source.png")
    page.keyboard.press("Escape")
    page.wait_for_timeout(5_000)  # title and follow-ups are asked for after the answer
    page.get_by_role("button", name="Open Sidebar").click()
    page.wait_for_timeout(1_000)
    page.screenshot(path=SCREENSHOTS / "4-title.png")
    title = page.title()
    if "New Chat" in title:
        raise SystemExit(f"the chat has no title: {title!r}")


@contextmanager
def running(layer: str, port: int, data: str) -> Iterator[str]:
    """Open WebUI on loopback, without accounts and without calls to other hosts."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": data,
        "DATA_DIR": data,
        "OPENAI_API_BASE_URL": f"{layer}/v1",
        "OPENAI_API_KEY": os.environ.get("API_KEY", "any"),
        "ENABLE_OLLAMA_API": "false",
        "WEBUI_AUTH": "false",
        "OFFLINE_MODE": "true",
        "HF_HUB_OFFLINE": "1",
        "ANONYMIZED_TELEMETRY": "false",
        "NO_PROXY": "127.0.0.1,localhost",
    }
    command = [installed() / "bin" / "open-webui", "serve", "--host", "127.0.0.1", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with (SCREENSHOTS / "open-webui.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, cwd=data, stdout=log, stderr=log)
        try:
            wait_until_ready(server, url)
            yield url
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_until_ready(server: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx2.get(f"{url}/health", trust_env=False).status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(1)
    raise SystemExit(f"Open WebUI did not start; its log is {SCREENSHOTS / 'open-webui.log'}")


def installed() -> Path:
    """The environment with Open WebUI."""
    folder = ENVIRONMENTS / "open_webui"
    if not (folder / "bin" / "open-webui").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", f"open-webui=={VERSION}"], check=True)
    return folder


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
