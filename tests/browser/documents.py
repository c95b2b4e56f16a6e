"""Actions on documents, on the page and over HTTP."""

import base64
from collections.abc import Sequence

import httpx2
from playwright.sync_api import Locator, Page, expect

from tests.browser.files import Payload
from tests.uploading import ready

SECONDS = 1000
DROP = """(files) => {
    const dataTransfer = new DataTransfer();
    for (const { name, data } of files)
        dataTransfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
    window.dragged = dataTransfer;
}"""


def empty(url: str) -> None:
    """Delete every document."""
    while documents := httpx2.get(f"{url}/documents", timeout=60).json()["documents"]:
        for document in documents:
            httpx2.delete(f"{url}/documents/{document['id']}", timeout=60).raise_for_status()


def provide_documents(url: str, *files: Payload) -> None:
    """Make these the service's only documents."""
    wanted = {file["name"]: file for file in files}
    for document in httpx2.get(f"{url}/documents?limit=200", timeout=60).json()["documents"]:
        if not wanted.pop(document["filename"], None):
            httpx2.delete(f"{url}/documents/{document['id']}", timeout=60).raise_for_status()
    with httpx2.Client(base_url=url, timeout=60) as http:
        for name, file in wanted.items():
            ready(http, http.post("/documents/upload", files={"file": (name, file["buffer"])}))


def upload(page: Page, *files: Payload) -> None:
    """Choose files in the file dialog, and wait until all are ready."""
    with page.expect_file_chooser() as chooser:
        page.locator("#composer").get_by_role("button", name="Add documents").click()
    chooser.value.set_files(list(files))
    for file in files:
        expect(document(page, file["name"])).to_contain_text("chunk", timeout=60 * SECONDS)


def drag(page: Page, files: Sequence[Payload]) -> None:
    """Drag files over the page, as a file manager would."""
    encoded = [{"name": file["name"], "data": base64.b64encode(file["buffer"]).decode()} for file in files]
    page.evaluate(DROP, encoded)
    dispatch(page, "dragenter")
    dispatch(page, "dragover")


def dispatch(page: Page, event: str) -> None:
    page.locator("#messages").dispatch_event(event, {"dataTransfer": page.evaluate_handle("window.dragged")})


def document(page: Page, name: str) -> Locator:
    """The row of a document in the list."""
    return page.locator(".documents li", has_text=name)


def upload_row(page: Page, name: str) -> Locator:
    return page.get_by_label("Uploads").get_by_role("listitem").filter(has_text=name)
