"""The page with a keyboard, on a phone, with reduced motion."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.ollama import OllamaStub
from tests.browser.test_chat import GOOD_ANSWER, answered, ask

FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
LUMINANCE = """(selector) => {
    const parse = (colour) => {
        const context = new OffscreenCanvas(1, 1).getContext("2d");
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => value / 255)
            .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    };
    const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
    const element = document.querySelector(selector);
    if (!element) return null;
    let ground = element;
    while (/^rgba\\(.*, 0\\)$/.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
    return [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor].map(parse).map(luminance);
}"""


def contrast(page: Page, selector: str) -> float:
    """The contrast of an element's text to its background, as WCAG defines it. Waits for the element."""
    darker, lighter = sorted(page.wait_for_function(LUMINANCE, arg=selector).json_value())
    return float((lighter + 0.05) / (darker + 0.05))


def test_everything_by_keyboard(page: Page, ollama: OllamaStub) -> None:
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("First line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second line")
    page.keyboard.press("Enter")
    answered(page)
    assert ollama.asked[-1]["messages"][-1]["content"] == "First line\nsecond line"
    for name in ("Ask again", "Copy"):
        page.keyboard.press("Shift+Tab")
        button = page.get_by_role("button", name=name)
        expect(button).to_be_focused()
        assert button.evaluate("(element) => getComputedStyle(element).outlineStyle") == "solid"


def test_the_first_link_skips_the_sidebar(page: Page) -> None:
    first = page.locator("a, button, input, select, textarea").first
    expect(first).to_have_text("Skip to the question")
    page.get_by_label("Model").focus()
    first.focus()
    expect(first).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your question")).to_be_focused()


def test_on_a_phone(open_page: Callable[..., Page], layer1: str, ollama: OllamaStub) -> None:
    page = open_page(layer1, PHONE, has_touch=True, is_mobile=True)
    ollama.say(GOOD_ANSWER + "\n\n`" + "long" * 60 + "`\n\n```\n" + "wide " * 60 + "\n```")
    ask(page, "What fits here? " + "a" * 200)
    answered(page)
    assert page.evaluate(FITS)
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
    expect(page.get_by_role("button", name="New chat")).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).tap()
    expect(page.get_by_role("button", name="New chat")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Menu", exact=True)).to_be_focused()
    page.get_by_role("button", name="Menu", exact=True).tap()
    page.get_by_role("button", name="New chat").tap()
    expect(page.get_by_role("article")).to_have_count(0)
    assert page.evaluate(FITS)


def test_nothing_moves_with_reduced_motion(open_page: Callable[..., Page], layer1: str, ollama: OllamaStub) -> None:
    page = open_page(layer1, reduced_motion="reduce")
    ollama.held.set()
    ask(page, "Calmly, please")
    moving = page.evaluate("document.getAnimations().length")
    assert moving == 0
