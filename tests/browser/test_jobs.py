"""The jobs on layer 4's page, behind an API key: uploads that do not wait, the list of jobs, batches."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.axe import violations
from tests.browser.conftest import NARROW, running, screenshot
from tests.browser.documents import SECONDS, dispatch, document, drag, upload_row
from tests.browser.files import Payload, catalogue, handbook, picture, policy, text
from tests.browser.jobs import KEY, Service, archive, drop_paths, enter_key, long_text, open_jobs, row
from tests.browser.test_chat import answered, ask
from tests.browser.test_reach import FITS

LATER = 60 * SECONDS
NOT_SUPPORTED = "This is a PNG image."


@pytest.fixture(scope="module")
def running_service() -> Iterator[Service]:
    settings = {"LLM_PROVIDER": "extractive", "API_KEY": KEY, "JOBS_AT_ONCE": "1"}
    with running(4, **settings) as server:
        headers = {"Authorization": f"Bearer {KEY}"}
        with httpx2.Client(base_url=server.url, headers=headers, timeout=60) as http:
            yield Service(server, http)


@pytest.fixture
def service(running_service: Service) -> Service:
    running_service.empty()
    return running_service


@pytest.fixture
def page(open_page: Callable[..., Page], service: Service) -> Page:
    """Layer 4's page, with no documents."""
    return enter_key(open_page(service.url))


def drop(page: Page, *files: Payload) -> None:
    drag(page, files)
    dispatch(page, "drop")


def broken(number: int) -> Payload:
    """A picture named like a PDF."""
    return picture() | Payload(
        name=f"scan {number}.pdf", mimeType="application/pdf", buffer=picture()["buffer"] + bytes([number])
    )


def test_an_upload_shows_its_position_its_stage_and_its_end(page: Page, service: Service) -> None:
    with service.paused():
        drop(page, long_text())
        expect(upload_row(page, "long.txt")).to_contain_text("Queued, next")
        drop(page, policy())
        expect(upload_row(page, "travel-policy.md")).to_contain_text("Queued, 1 before it")
        expect(document(page, "travel-policy.md")).to_contain_text("Queued")
        expect(page.get_by_role("button", name="Jobs 2 open")).to_be_visible()
    expect(upload_row(page, "long.txt")).to_contain_text("Embedding, ", timeout=LATER)
    share = float(upload_row(page, "long.txt").get_by_role("progressbar").get_attribute("value") or 0)
    assert 0 < share < 1
    expect(upload_row(page, "travel-policy.md")).to_contain_text("Ready, ", timeout=LATER)
    expect(document(page, "travel-policy.md")).to_contain_text("chunk")
    expect(upload_row(page, "travel-policy.md")).to_have_count(0, timeout=LATER)
    assert service.jobs("queued") == []


def test_an_upload_is_cancelled_and_tried_again_without_sending_it_again(page: Page, service: Service) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if "/documents/upload" in request.url else None)
    with service.paused():
        drop(page, policy())
        page.get_by_role("button", name="Cancel: travel-policy.md").click()
        alert = page.get_by_role("alert").filter(has_text="travel-policy.md")
        expect(alert).to_contain_text("Cancelled")
        expect(alert.get_by_role("button", name="Try again")).to_be_focused()
        expect(document(page, "travel-policy.md")).to_contain_text("Failed")
        assert service.jobs("queued") == []
        page.keyboard.press("Enter")
        expect(upload_row(page, "travel-policy.md")).to_contain_text("Queued")
    expect(document(page, "travel-policy.md")).to_contain_text("chunk", timeout=LATER)
    assert len(sent) == 1


def test_a_document_that_cannot_be_read_says_why_in_its_row_and_in_its_view(page: Page) -> None:
    drop(page, broken(1))
    alert = page.get_by_role("alert").filter(has_text="scan 1.pdf")
    expect(alert).to_contain_text(NOT_SUPPORTED, timeout=LATER)
    alert.get_by_role("button", name="Try again").click()
    expect(alert).to_contain_text(NOT_SUPPORTED, timeout=LATER)
    alert.get_by_role("button", name="Dismiss").click()
    document(page, "scan 1.pdf").get_by_role("button").first.click()
    view = page.get_by_role("dialog", name="scan 1.pdf")
    expect(view).to_contain_text(NOT_SUPPORTED)
    assert violations(page) == []
    view.get_by_role("button", name="Try again").click()
    expect(alert).to_contain_text(NOT_SUPPORTED, timeout=LATER)


def test_questions_are_answered_while_many_uploads_wait(page: Page, service: Service) -> None:
    with service.paused():
        drop(page, *(text(f"note {n}.txt", f"Note {n}.") for n in range(5)))
        for n in range(5):
            expect(upload_row(page, f"note {n}.txt")).to_contain_text("Queued")
        ask(page, "How high is the tower?")
        answered(page)


def test_the_list_of_jobs_follows_them_and_cancels_one(page: Page, service: Service) -> None:
    with service.paused():
        drop(page, long_text(), policy())
        open_jobs(page)
        expect(row(page, "Queued", "long.txt")).to_be_visible()
        row(page, "Queued", "travel-policy.md").get_by_role("button", name="Cancel").click()
        expect(row(page, "Cancelled", "travel-policy.md")).to_be_visible()
        expect(row(page, "Cancelled", "travel-policy.md").get_by_role("button", name="Retry")).to_be_focused()
        expect(page.get_by_role("status").filter(has_text="travel-policy.md is cancelled.")).to_be_attached()
    running = row(page, "Running", "long.txt")
    expect(running).to_contain_text("Embedding, ", timeout=LATER)
    expect(running.get_by_role("progressbar")).to_be_visible()
    screenshot(page, "layer4-jobs.png")
    page.keyboard.press("Enter")  # the button has the focus
    expect(page.get_by_text("No job is running or queued, and none has failed.")).to_be_visible(timeout=LATER)
    expect(document(page, "travel-policy.md")).to_contain_text("chunk")


def test_failed_jobs_are_retried_one_by_one_and_all_together(page: Page, service: Service) -> None:
    drop(page, broken(1), broken(2))
    expect(page.get_by_role("alert").filter(has_text=NOT_SUPPORTED)).to_have_count(2, timeout=LATER)
    jobs = open_jobs(page)
    expect(row(page, "Failed", "scan 2.pdf")).to_contain_text(NOT_SUPPORTED)
    assert violations(page) == []
    with service.paused():
        row(page, "Failed", "scan 2.pdf").get_by_role("button", name="Retry").click()
        expect(row(page, "Queued", "scan 2.pdf")).to_be_visible()
    expect(row(page, "Failed", "scan 2.pdf")).to_be_visible(timeout=LATER)
    with service.paused():
        jobs.get_by_role("button", name="Retry all failed uploads").click()
        expect(page.get_by_role("status").filter(has_text="2 jobs queued again.")).to_be_attached()
        expect(jobs.get_by_role("list", name="Queued").get_by_role("listitem")).to_have_count(2)
    expect(jobs.get_by_role("list", name="Failed").get_by_role("listitem")).to_have_count(2, timeout=LATER)


def test_jobs_by_keyboard_on_the_narrowest_screen(open_page: Callable[..., Page], service: Service) -> None:
    page = open_page(service.url, NARROW, color_scheme="dark")
    page.get_by_role("textbox", name="API key").fill(KEY)
    page.keyboard.press("Enter")
    with service.paused():
        drop(page, text("a-name-that-is-far-too-long-for-a-screen-of-this-width.txt", "Short."), policy())
        expect(upload_row(page, "travel-policy.md")).to_contain_text("Queued")
        assert page.evaluate(FITS)
        assert violations(page) == []
        page.get_by_label("Your question").press("Escape")
        page.keyboard.type("b")
        expect(page.get_by_role("heading", name="Jobs")).to_be_focused()
        expect(row(page, "Queued", "travel-policy.md")).to_be_in_viewport()
        assert page.evaluate(FITS)
        assert violations(page) == []


def test_a_folder_is_dropped_with_the_folders_in_it(page: Page, service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    (folder / "deep" / "deeper").mkdir(parents=True)
    for n in range(8):
        (folder / f"note {n}.txt").write_text(f"Note {n} says {n * n}.")
    (folder / "deep" / "deeper" / "ferry.md").write_text("# Ferry\n\nThe ferry leaves at seven.")
    (folder / "deep" / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / ".hidden.txt").write_text("Hidden.")
    with service.paused():
        drop_paths(page, folder)
        batch = upload_row(page, "9 files")
        expect(batch).to_contain_text("0 of 9 done")
        assert violations(page) == []
    expect(batch).to_contain_text("Ready, 9 documents, 1 file of other kinds left out", timeout=LATER)
    expect(document(page, "ferry.md")).to_contain_text("1 chunk")
    expect(document(page, "hidden")).to_have_count(0)


def test_many_files_are_a_batch_whose_failures_have_reasons(page: Page, service: Service) -> None:
    with service.paused():
        drop(page, *(text(f"note {n}.txt", f"Note {n} says {n * n}.") for n in range(11)), broken(1))
        expect(upload_row(page, "12 files")).to_contain_text("0 of 12 done")
    failed = page.get_by_role("alert").filter(has_text="12 files")
    expect(failed).to_contain_text("11 of 12 ready, 1 failed", timeout=LATER)
    failed.get_by_text("Show the reasons").click()
    expect(failed).to_contain_text(f"scan 1.pdf {NOT_SUPPORTED}")
    assert violations(page) == []
    with service.paused():
        failed.get_by_role("button", name="Try again").click()
        expect(upload_row(page, "12 files")).to_contain_text("11 of 12 done")
        page.get_by_role("button", name="Cancel the batch").click()
        expect(failed).to_contain_text("11 of 12 ready, 1 cancelled")


def test_an_archive_is_unpacked(page: Page) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("#composer").get_by_role("button", name="Add documents").click()
    chooser.value.set_files(archive({"a.txt": "The ferry leaves at seven.", "b/c.txt": "The tower is 93 metres high."}))
    expect(upload_row(page, "1 file")).to_contain_text("Ready, 2 documents", timeout=LATER)
    expect(document(page, "c.txt")).to_contain_text("1 chunk")


def test_a_batch_that_cannot_be_sent_is_sent_again(page: Page) -> None:
    page.route("**/documents/batch-upload", lambda route: route.abort("connectionreset"))
    drop(page, *(text(f"note {n}.txt", f"Note {n}.") for n in range(6)))
    failed = page.get_by_role("alert").filter(has_text="6 files")
    expect(failed).to_contain_text("0 of 6 ready, 6 failed")
    page.unroute("**/documents/batch-upload")
    failed.get_by_role("button", name="Try again").click()
    expect(upload_row(page, "6 files")).to_contain_text("Ready, 6 documents", timeout=LATER)


def test_the_source_of_an_answer_opens_the_original_at_its_page(page: Page) -> None:
    drop(page, handbook())
    expect(document(page, "staff-handbook.pdf")).to_contain_text("3 pages", timeout=LATER)
    ask(page, "When is the dome closed?")
    answered(page)
    page.get_by_role("article").last.locator(".cite").first.click()
    source = page.get_by_role("dialog", name="staff-handbook.pdf")
    expect(source.locator("mark")).to_be_visible()
    assert violations(page) == []
    with page.context.expect_page() as opened:
        source.get_by_role("button", name="Open page 2 of the original").click()
    opened.value.wait_for_url("blob:**#page=2")
    assert opened.value.evaluate("document.contentType") == "application/pdf"
    assert opened.value.evaluate("window.opener") is None
    opened.value.close()


def test_other_originals_are_saved_and_never_opened(page: Page) -> None:
    drop(page, catalogue())
    expect(document(page, "instruments.html")).to_contain_text("chunk", timeout=LATER)
    document(page, "instruments.html").get_by_role("button").first.click()
    view = page.get_by_role("dialog", name="instruments.html")
    with page.expect_download() as download:
        view.get_by_role("button", name="Save the original").click()
    assert download.value.suggested_filename == "instruments.html"
    assert download.value.path().read_bytes() == catalogue()["buffer"]
    assert len(page.context.pages) == 1


def test_an_original_that_was_not_kept_says_so(page: Page) -> None:
    drop(page, handbook())
    expect(document(page, "staff-handbook.pdf")).to_contain_text("3 pages", timeout=LATER)
    problem = '{"detail": "The original file of this document was not kept.", "code": "file_not_kept"}'
    page.route("**/documents/*/file", lambda route: route.fulfill(status=404, body=problem))
    document(page, "staff-handbook.pdf").get_by_role("button").first.click()
    page.get_by_role("button", name="Open the original").click()
    expect(page.get_by_role("alert")).to_have_text("The original file of this document was not kept.")
