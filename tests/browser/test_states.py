"""The page while an answer is late, while the service is unreachable, and with a long answer."""

from playwright.sync_api import Page, Route, expect

from tests.browser.ollama import OllamaStub
from tests.browser.test_chat import answered, ask

END = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight"


def test_a_long_wait_shows_the_seconds(page: Page, ollama: OllamaStub) -> None:
    ollama.pieces = ["", "Yes."]  # like a model that thinks first
    ollama.held.set()
    ask(page, "Are you there?")
    expect(page.get_by_role("article").last).to_contain_text("Waiting for the answer, 3 s")
    ollama.held.clear()
    expect(page.get_by_role("article").last).to_contain_text("Yes.")
    expect(page.get_by_text("Waiting for the answer")).to_have_count(0)


def test_a_long_answer_is_followed_unless_the_reader_scrolls_up(page: Page, ollama: OllamaStub) -> None:
    scroll, end = page.locator("#scroll"), page.get_by_role("button", name="Scroll to the end")
    ollama.say("\n\n".join(f"Paragraph {number}." for number in range(60)))
    ask(page, "Tell me more")
    answered(page)
    assert scroll.evaluate(END) < 2
    expect(end).to_be_hidden()
    scroll.evaluate("(box) => (box.scrollTop = 0)")
    expect(end).to_be_visible()
    end.click()
    expect(end).to_be_hidden()
    assert scroll.evaluate(END) < 2


def test_the_status_shows_an_unreachable_service_and_its_return(page: Page) -> None:
    expect(page.get_by_role("button", name="Ready · ollama")).to_be_visible()
    page.route("**/*", lambda route: route.abort())
    ask(page, "Are you there?")
    expect(page.get_by_role("alert")).to_contain_text("The service cannot be reached.")
    expect(page.get_by_role("button", name="Unreachable")).to_be_visible()
    page.unroute("**/*")
    expect(page.get_by_role("button", name="Ready · ollama")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    answered(page)
    expect(page.get_by_role("article").last).to_contain_text("Hello there.")


def test_new_models_are_offered(page: Page, ollama: OllamaStub) -> None:
    def one_more(route: Route) -> None:
        known = route.fetch().json()
        known["models"].append(known["models"][0] | {"name": "new:1b", "default": False})
        route.fulfill(json=known)

    choice = page.get_by_label("Model")
    expect(choice.locator("option")).to_have_count(3)
    page.route("**/models", one_more)
    page.get_by_role("button", name="Ready").click()  # refreshes the status
    expect(choice.locator("option")).to_have_count(4)
