"""The documents panel of layer 2."""

from collections.abc import Callable

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.documents import SECONDS, dispatch, document, drag, empty, upload, upload_row
from tests.browser.files import catalogue, handbook, picture, policy, text
from tests.browser.test_chat import answered, ask


@pytest.fixture
def page(open_page: Callable[..., Page], layer2: str) -> Page:
    """Layer 2's page, with no documents."""
    empty(layer2)
    return open_page(layer2)


def test_a_chosen_file_is_sent_with_progress_and_then_listed(page: Page) -> None:
    throttle = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    throttle.send("Network.emulateNetworkConditions", slow)
    padded = text("padded.html", f"<p>The tower is 93 metres high.</p><!-- {'x' * 600_000} -->")
    with page.expect_file_chooser() as chooser:
        page.locator("#composer").get_by_role("button", name="Add documents").click()
    chooser.value.set_files(padded)
    row = upload_row(page, "padded.html")
    expect(row).to_contain_text("Uploading, ")
    expect(row.get_by_role("progressbar")).to_be_visible()
    share = float(row.get_by_role("progressbar").get_attribute("value") or 0)
    assert 0 <= share < 1
    expect(row).to_contain_text("Ready, 1 chunk", timeout=30 * SECONDS)
    expect(document(page, "padded.html")).to_contain_text("1 chunk · 600 kB")
    expect(row).to_have_count(0, timeout=10 * SECONDS)


def test_several_files_are_dropped_and_one_that_fails_says_why(page: Page) -> None:
    drag(page, [handbook(), picture(), policy()])
    expect(page.get_by_text("Drop to add to your documents")).to_be_visible()
    dispatch(page, "drop")
    expect(page.get_by_text("Drop to add to your documents")).to_be_hidden()
    expect(document(page, "staff-handbook.pdf")).to_contain_text("3 pages", timeout=60 * SECONDS)
    expect(document(page, "travel-policy.md")).to_be_visible()
    failed = page.get_by_role("alert").filter(has_text="scan.pdf")
    expect(failed).to_contain_text("This is a PNG image.")
    failed.get_by_role("button", name="Try again").click()
    expect(failed).to_contain_text("This is a PNG image.")
    expect(document(page, "scan.pdf")).to_have_count(0)
    failed.get_by_role("button", name="Dismiss").click()
    expect(failed).to_have_count(0)


def test_dragging_away_leaves_no_trace(page: Page) -> None:
    drag(page, [policy()])
    dispatch(page, "dragleave")
    expect(page.get_by_text("Drop to add to your documents")).to_be_hidden()


def test_a_failed_upload_says_why_and_can_be_retried(page: Page) -> None:
    page.route("**/documents/upload", lambda route: route.abort("connectionreset"))
    drag(page, [policy()])
    dispatch(page, "drop")
    failed = page.get_by_role("alert").filter(has_text="travel-policy.md")
    expect(failed).to_contain_text("The connection was lost during the upload.")
    page.unroute("**/documents/upload")
    failed.get_by_role("button", name="Try again").click()
    expect(document(page, "travel-policy.md")).to_be_visible(timeout=30 * SECONDS)


def test_the_same_file_again_is_not_stored_twice(page: Page) -> None:
    upload(page, policy())
    drag(page, [policy()])
    dispatch(page, "drop")
    expect(upload_row(page, "travel-policy.md").last).to_contain_text("Already uploaded")
    expect(document(page, "travel-policy.md")).to_have_count(1)


def test_an_empty_library_offers_the_guides(page: Page) -> None:
    page.get_by_role("button", name="Load the project’s guides").click()
    expect(document(page, "01-rag-fundamentals.md")).to_be_visible(timeout=30 * SECONDS)
    page.get_by_role("button", name="What is retrieval-augmented generation?").click()
    answered(page)
    expect(page.get_by_role("article").last).to_contain_text("answers a question from documents")
    expect(page.get_by_role("article").last.get_by_role("button", name="Source 1")).to_be_visible()


def test_loading_the_guides_shows_the_seconds(page: Page) -> None:
    held: list[Route] = []
    page.route("**/documents/guides", lambda route: held.append(route))
    page.get_by_role("button", name="Load the project’s guides").click()
    expect(page.get_by_role("button", name="Loading the guides, 3 s")).to_be_visible()
    held[0].continue_()
    expect(document(page, "01-rag-fundamentals.md")).to_be_visible(timeout=30 * SECONDS)


def upload_guide(url: str, name: str) -> None:
    """Upload a guide, as the service does one by one while the page waits."""
    form = {"file": (name, f"# {name}\n\nA chapter.".encode())}
    metadata = {"metadata": '{"guide": "layer2"}'}
    httpx2.post(f"{url}/documents/upload", files=form, data=metadata, timeout=60).raise_for_status()


def test_each_guide_is_listed_once_it_is_ready(page: Page, layer2: str) -> None:
    held: list[Route] = []
    page.route("**/documents/guides", lambda route: held.append(route))
    page.get_by_role("button", name="Load the project’s guides").click()
    for loaded, guide in enumerate(("01-first.md", "02-second.md"), start=1):
        upload_guide(layer2, guide)
        expect(document(page, guide)).to_contain_text("1 chunk")
        expect(page.get_by_role("button", name=f"Loading the guides, {loaded} loaded")).to_be_visible()
        expect(page.get_by_role("status").filter(has_text=f"{loaded} guide")).to_be_attached()
    held[0].continue_()
    expect(document(page, "01-rag-fundamentals.md")).to_be_visible(timeout=30 * SECONDS)
    names = page.locator(".documents .name")
    expect(names).to_have_text(["01-rag-fundamentals.md", "02-second.md", "01-first.md"])  # as after a reload
    expect(page.get_by_role("button", name="What is retrieval-augmented generation?")).to_be_visible()


def test_guides_that_fail_halfway_say_why_and_stay_listed(page: Page, layer2: str) -> None:
    held: list[Route] = []
    page.route("**/documents/guides", lambda route: held.append(route))
    page.get_by_role("button", name="Load the project’s guides").click()
    upload_guide(layer2, "01-first.md")
    expect(document(page, "01-first.md")).to_be_visible()
    held[0].fulfill(status=503, body='{"detail": "The document store cannot be reached.", "code": "store_unavailable"}')
    expect(page.get_by_role("alert")).to_have_text("The document store cannot be reached.")
    expect(document(page, "01-first.md")).to_be_visible()
    page.unroute("**/documents/guides")
    page.get_by_role("button", name="Try again").click()
    expect(document(page, "01-rag-fundamentals.md")).to_be_visible(timeout=30 * SECONDS)


def test_guides_that_cannot_be_loaded_say_why(page: Page) -> None:
    problem = '{"detail": "There are no guides in docs/.", "code": "document_not_found"}'
    page.route("**/documents/guides", lambda route: route.fulfill(status=404, body=problem))
    page.get_by_role("button", name="Load the project’s guides").click()
    expect(page.get_by_role("alert")).to_have_text("There are no guides in docs/.")
    expect(page.get_by_role("button", name="Try again")).to_be_enabled()


def test_a_document_is_deleted_after_asking(page: Page, layer2: str) -> None:
    upload(page, policy(), catalogue())
    row = document(page, "travel-policy.md")
    dialog = page.get_by_role("dialog", name="Delete this document?")
    row.hover()
    row.get_by_role("button", name="Delete travel-policy.md").click()
    expect(dialog).to_contain_text("travel-policy.md")
    page.keyboard.press("Enter")  # Cancel has the focus
    expect(dialog).to_have_count(0)
    expect(row).to_be_visible()
    row.get_by_role("button", name="Delete travel-policy.md").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    page.reload()
    expect(document(page, "instruments.html")).to_be_visible()
    expect(row).to_have_count(0)
    hits = httpx2.post(f"{layer2}/search", json={"query": "travel by train"}).json()["hits"]
    assert {hit["filename"] for hit in hits} <= {"instruments.html"}


def test_a_delete_that_fails_says_why_in_the_dialog(page: Page) -> None:
    upload(page, policy())
    problem = '{"detail": "The document store cannot be reached.", "code": "store_unavailable"}'
    page.route("**/documents/*", lambda route: route.fulfill(status=503, body=problem))
    document(page, "travel-policy.md").get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete this document?")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_have_text("The document store cannot be reached.")
    dialog.get_by_role("button", name="Cancel").click()
    expect(document(page, "travel-policy.md")).to_be_visible()


def test_a_long_list_is_loaded_in_pages(page: Page) -> None:
    upload(page, policy(), catalogue(), handbook())
    page.route("**/documents?*", lambda route: route.continue_(url=route.request.url.replace("limit=50", "limit=2")))
    page.reload()
    expect(page.locator(".documents li")).to_have_count(2)
    page.get_by_role("button", name="Load more").click()
    expect(page.locator(".documents li")).to_have_count(3)
    expect(page.get_by_role("button", name="Load more")).to_be_hidden()


def test_a_document_opens_with_its_extracted_text(page: Page) -> None:
    upload(page, handbook())
    document(page, "staff-handbook.pdf").get_by_role("button").first.click()
    view = page.get_by_role("dialog", name="staff-handbook.pdf")
    expect(view).to_contain_text("application/pdf")
    expect(view).to_contain_text("a ridge 2,140 metres above the sea")
    view.get_by_role("button", name="Show text after").click()
    expect(view).to_contain_text("gloves and a face shield")
    view.get_by_role("button", name="Close").click()
    expect(document(page, "staff-handbook.pdf").get_by_role("button").first).to_be_focused()


def test_the_reference_uploads_a_file_as_it_stands(open_page: Callable[..., Page], page: Page, layer2: str) -> None:
    reference = open_page(f"{layer2}/docs")
    operation = reference.locator("#operations-documents-upload_document")
    operation.locator(".opblock-summary-control").click()
    operation.locator("input[type=file]").set_input_files(policy())
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("201")
    page.reload()
    expect(document(page, "travel-policy.md")).to_be_visible()


def test_without_documents_a_question_leads_to_an_upload(page: Page) -> None:
    ask(page, "When may visitors come?")
    answered(page)
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("There are no documents to answer from yet.")
    with page.expect_file_chooser() as chooser:
        answer.get_by_role("button", name="Add documents").click()
    chooser.value.set_files([handbook()])
    expect(document(page, "staff-handbook.pdf")).to_contain_text("3 pages", timeout=30 * SECONDS)
    answer.get_by_role("button", name="Ask again").click()
    answered(page)
    expect(page.get_by_role("article").last).to_contain_text("Visitors are welcome on Saturdays")
