"""The appearance of conversations on layer 3's page: light and dark colours, and a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, screenshot
from tests.browser.conversations import FOLLOW_UP, QUESTION, active, begin, converse, row
from tests.browser.documents import document
from tests.browser.test_chat import answered, ask
from tests.browser.test_reach import FITS, contrast


@pytest.fixture
def page(open_page: Callable[..., Page], layer3: str) -> Page:
    """Layer 3's page with three documents and no conversations."""
    begin(layer3)
    return open_page(layer3)


def test_appearance(page: Page, layer3: str) -> None:
    for question in (
        "Which instruments does the observatory lend to schools?",
        "What does the travel policy say about trains and about nights away from home?",
        "Who founded the observatory, and when?",
    ):
        converse(layer3, question)
    page.reload()
    ask(page, QUESTION)
    answered(page)
    ask(page, FOLLOW_UP)
    answered(page)
    expect(active(page)).to_have_text(QUESTION)
    screenshot(page, "layer3.png")


def test_dark_colours(page: Page, open_page: Callable[..., Page], layer3: str) -> None:
    converse(layer3, "What does the handbook say about the mirror?")
    dark = open_page(layer3, color_scheme="dark", reduced_motion="reduce")
    ask(dark, QUESTION)
    answered(dark)
    for selector in (".conversations [aria-current] .name", ".conversations li:last-child .name"):
        assert contrast(dark, selector) >= 4.5, selector
    row(dark, "mirror").hover()
    row(dark, "mirror").get_by_role("button", name="Rename").click()
    assert contrast(dark, ".conversations .title") >= 4.5
    screenshot(dark, "layer3-dark.png")


def test_on_a_phone(page: Page, open_page: Callable[..., Page], layer3: str) -> None:
    converse(layer3, "What does the handbook say about the mirror, and about whoever has to clean it?")
    phone = open_page(layer3, PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    menu = phone.get_by_role("button", name="Menu", exact=True)
    menu.tap()
    expect(row(phone, "mirror").get_by_role("button", name="Delete")).to_be_in_viewport()
    expect(document(phone, "staff-handbook.pdf")).to_be_in_viewport()
    assert phone.evaluate(FITS)
    screenshot(phone, "layer3-phone.png")
    row(phone, "mirror").get_by_role("button", name="Rename").tap()
    phone.keyboard.press("Escape")
    expect(row(phone, "mirror")).to_be_visible()
    row(phone, "mirror").get_by_role("button").first.tap()
    expect(menu).to_be_visible()
    expect(phone.get_by_role("article").first).to_contain_text("the mirror")
    expect(menu).to_be_focused()
    assert phone.evaluate(FITS)
