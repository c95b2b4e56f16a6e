"""Asking and reading answers."""

import json

from playwright.sync_api import Page, expect

from tests.browser.conftest import shoot
from tests.browser.ollama import StandIn

GOOD_ANSWER = """\
Retrieval-augmented generation (**RAG**) lets a language model answer from documents it was never trained on:

1. **Index:** the documents are cut into chunks, and every chunk becomes a vector.
2. **Retrieve:** the question becomes a vector too, and the nearest chunks are fetched.
3. **Generate:** the model answers from those chunks, and says which ones it used.

| | Fine-tuning | RAG |
|---|---|---|
| New facts | train again | upload a file |
| Sources | none | every sentence |

So the knowledge lives in a *store* that you can read, correct and delete.
"""


def ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def answered(page: Page) -> None:
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(page.locator("[aria-busy]")).to_have_count(0)


def test_an_answer_is_rendered_while_it_streams(page: Page, ollama: StandIn) -> None:
    ollama.say("First words, and then the rest.")
    ollama.held.set()
    ask(page, "How are you?")
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("First")
    expect(answer).not_to_contain_text("rest")
    expect(page.locator("[aria-busy=true]")).to_be_visible()
    ollama.held.clear()
    expect(answer).to_contain_text("First words, and then the rest.")
    answered(page)
    assert ollama.asked[0]["messages"][-1]["content"] == "How are you?"


def test_stop_ends_the_generation_and_keeps_what_has_come(page: Page, ollama: StandIn) -> None:
    ollama.say_without_end()
    ask(page, "Tell me everything")
    expect(page.get_by_role("article").last).to_contain_text("word 3")
    page.get_by_role("button", name="Shutdown").click()
    expect(page.get_by_role("article").last).to_contain_text("Stopped before the end.")
    assert ollama.hung_up.wait(5)
    expect(page.get_by_role("article").last).to_contain_text("word 3")


def test_escape_stops_too(page: Page, ollama: StandIn) -> None:
    ollama.say_without_end()
    ask(page, "Tell me everything")
    expect(page.get_by_role("article").last).to_contain_text("word 3")
    page.keyboard.press("Escape")
    assert ollama.hung_up.wait(5)


def test_after_a_reload_everything_is_there_and_goes_on(page: Page, ollama: StandIn) -> None:
    ollama.say("My name is **Ada**.")
    ask(page, "Who are you?")
    answered(page)
    page.reload()
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.locator("strong", has_text="Ada")).to_be_visible()
    ask(page, "And your name?")
    answered(page)
    said = [(message["role"], message["content"]) for message in ollama.asked[-1]["messages"]]
    assert said[-3:] == [("user", "Who are you?"), ("assistant", "My name is **Ada**."), ("user", "And your name?")]


def test_a_reload_in_the_middle_of_an_answer_keeps_the_question(page: Page, ollama: StandIn) -> None:
    ollama.held.set()
    ask(page, "Still there?")
    expect(page.get_by_role("article").last).to_contain_text("Hello")
    page.reload()
    ollama.held.clear()
    expect(page.get_by_role("article").first).to_contain_text("Still there?")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("article").last).to_contain_text("Hello there.")


def test_a_new_chat_forgets_the_old_one(page: Page, ollama: StandIn) -> None:
    ask(page, "Remember this")
    answered(page)
    page.get_by_role("button", name="New chat").click()
    expect(page.get_by_role("article")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    ask(page, "What did I say?")
    answered(page)
    assert "Remember this" not in json.dumps(ollama.asked[-1]["messages"])


def test_a_new_chat_in_the_middle_of_an_answer_stops_it(page: Page, ollama: StandIn) -> None:
    ollama.say_without_end()
    ask(page, "Tell me everything")
    expect(page.get_by_role("article").last).to_contain_text("word 3")
    page.get_by_role("button", name="New chat").click()
    assert ollama.hung_up.wait(5)
    expect(page.get_by_role("article")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("article")).to_have_count(0)


def test_a_failure_is_told_in_words_and_can_be_tried_again(page: Page, ollama: StandIn) -> None:
    ollama.failing = True
    ask(page, "Anybody home?")
    expect(page.get_by_role("alert")).to_contain_text("the model ran out of memory")
    expect(page.get_by_role("alert")).to_contain_text("Request ")
    ollama.failing = False
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("article").last).to_contain_text("Hello there.")
    expect(page.get_by_role("article")).to_have_count(2)
    assert len(ollama.asked[-1]["messages"]) == 2  # the system prompt and the question, once


def test_an_answer_that_breaks_off_says_so(page: Page, ollama: StandIn) -> None:
    page.route("**/chat/stream", lambda route: route.fulfill(body='event: token\ndata: {"text": "Half a sen"}\n\n'))
    ask(page, "Tell me")
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("Half a sen")
    expect(answer.get_by_role("alert")).to_contain_text("broke off")


def test_a_service_that_is_gone_is_named(page: Page) -> None:
    page.route("**/chat/stream", lambda route: route.abort("connectionrefused"))
    ask(page, "Anybody home?")
    expect(page.get_by_role("alert")).to_contain_text("The service cannot be reached")


def test_the_chosen_model_is_asked_and_remembered(page: Page, ollama: StandIn) -> None:
    page.get_by_label("Model").select_option("qwen3:1.7b")
    page.reload()
    expect(page.get_by_label("Model")).to_have_value("qwen3:1.7b")
    ask(page, "Which one are you?")
    answered(page)
    assert ollama.asked[-1]["model"] == "qwen3:1.7b"


def test_reading_further_up_is_not_disturbed(page: Page, ollama: StandIn) -> None:
    ollama.say("\n\n".join(f"Paragraph {number}" for number in range(60)) + "\n\nwait for it")
    ollama.pause = 0.005
    ask(page, "A long one")
    expect(page.get_by_role("article").last).to_contain_text("Paragraph 40")
    page.evaluate("document.getElementById('scroll').scrollTop = 0")
    answered(page)
    assert page.evaluate("document.getElementById('scroll').scrollTop") == 0


def test_the_status_line_opens_the_details(page: Page) -> None:
    page.get_by_role("button", name="Ready · ollama").click()
    details = page.get_by_role("dialog", name="Service")
    expect(details).to_contain_text("ollama serves llama3.2:3b")
    page.keyboard.press("Escape")
    expect(details).to_be_hidden()
    expect(page.get_by_role("button", name="Ready · ollama")).to_be_focused()


def test_what_it_looks_like(page: Page, ollama: StandIn) -> None:
    ollama.say(GOOD_ANSWER)
    ask(page, "What is retrieval-augmented generation, in short?")
    answered(page)
    expect(page.get_by_role("cell", name="every sentence")).to_be_in_viewport()
    shoot(page, "layer1.png")
