"""How an answer came about and how it ended, in words below it."""

from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.ollama import OllamaStub
from tests.browser.scripted_answer import answer, answering, hold
from tests.browser.test_chat import answered, ask

CUT_OFF = "The answer was cut off at its limit of tokens."
TOP = "(element) => element.getBoundingClientRect().top"


def test_an_answer_that_was_cut_off_can_be_continued(page: Page, ollama: OllamaStub) -> None:
    with answering(page, answer("It begins", finish_reason="length")):
        ask(page, "A long story, please")
        answered(page)
    expect(page.get_by_text(CUT_OFF)).to_be_visible()
    assert violations(page) == []
    page.reload()
    ollama.say("and it ends.")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("article").last).to_contain_text("and it ends.")
    answered(page)
    said = [message["content"] for message in ollama.asked[-1]["messages"]]
    assert said[-3:] == ["A long story, please", "It begins", "Continue."]
    expect(page.get_by_role("button", name="Continue")).to_have_count(0)
    expect(page.get_by_text(CUT_OFF)).to_be_visible()


def test_a_notice_is_shown_as_text(page: Page) -> None:
    with answering(page, answer("Quotes.", notice="The model is busy; <b>these</b> are `quotes`.")):
        ask(page, "Hello?")
        answered(page)
    notice = page.get_by_role("article").last.locator(".hint")
    expect(notice).to_have_text("The model is busy; <b>these</b> are quotes.")
    page.reload()
    expect(notice).to_be_visible()


def test_an_answer_that_a_filter_ended_says_so(page: Page) -> None:
    with answering(page, answer("I", finish_reason="content_filter")):
        ask(page, "Hello?")
        answered(page)
    expect(page.get_by_role("article").last).to_contain_text("The model’s content filter ended the answer.")


def test_an_answer_that_was_kept_says_so_beside_its_time(page: Page) -> None:
    with answering(page, answer("Hello.", cached=True)):
        ask(page, "Hello?")
        answered(page)
    expect(page.get_by_role("article").last.locator(".actions small")).to_have_text("scripted · 812 ms · kept answer")


def test_an_answer_that_ended_as_usual_needs_no_words(page: Page) -> None:
    with answering(page, answer("Hello.")):
        ask(page, "Hello?")
        answered(page)
    expect(page.get_by_role("article").last.locator(".hint")).to_have_count(0)
    expect(page.get_by_role("article").last.locator(".actions small")).to_have_text("scripted · 812 ms")


def test_the_response_replaces_the_tokens_without_a_jump(page: Page) -> None:
    tokens = "".join(f"Paragraph {number} [9].\n\n" for number in range(60))
    send = hold(page)
    ask(page, "A long one")
    send("token", {"text": tokens})
    expect(page.get_by_role("article").last).to_contain_text("Paragraph 59 [9].")
    page.locator("#scroll").evaluate("(box) => (box.scrollTop = 500)")
    before = page.get_by_text("Paragraph 20").evaluate(TOP)
    send("done", answer(tokens.replace(" [9]", ""), revised=True))
    answered(page)
    expect(page.get_by_role("article").last).to_contain_text("Paragraph 59.")
    expect(page.get_by_role("article").last).not_to_contain_text("[9]")
    assert page.get_by_text("Paragraph 20").evaluate(TOP) == before
