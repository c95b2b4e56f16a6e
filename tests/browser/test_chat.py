"""Asking and reading answers."""

import json

from playwright.sync_api import Page, expect

from tests.browser.conftest import screenshot
from tests.browser.ollama import OllamaStub

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


def test_an_answer_is_rendered_while_it_streams(page: Page, ollama: OllamaStub) -> None:
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


def test_stop_ends_the_generation_and_keeps_what_has_come(page: Page, ollama: OllamaStub) -> None:
    ollama.answer_endlessly()
    ask(page, "Tell me everything")
    expect(page.get_by_role("article").last).to_contain_text("word 3")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("article").last).to_contain_text("Answer stopped.")
    assert ollama.hung_up.wait(5)
    expect(page.get_by_role("article").last).to_contain_text("word 3")


def test_escape_stops_too(page: Page, ollama: OllamaStub) -> None:
    ollama.answer_endlessly()
    ask(page, "Tell me everything")
    expect(page.get_by_role("article").last).to_contain_text("word 3")
    page.keyboard.press("Escape")
    assert ollama.hung_up.wait(5)


def test_after_a_reload_the_conversation_continues(page: Page, ollama: OllamaStub) -> None:
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


def test_a_reload_in_the_middle_of_an_answer_keeps_the_question(page: Page, ollama: OllamaStub) -> None:
    ollama.held.set()
    ask(page, "Still there?")
    expect(page.get_by_role("article").last).to_contain_text("Hello")
    page.reload()
    ollama.held.clear()
    expect(page.get_by_role("article").first).to_contain_text("Still there?")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("article").last).to_contain_text("Hello there.")


def test_a_new_chat_discards_the_old_one(page: Page, ollama: OllamaStub) -> None:
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


def test_a_new_chat_in_the_middle_of_an_answer_stops_it(page: Page, ollama: OllamaStub) -> None:
    ollama.answer_endlessly()
    ask(page, "Tell me everything")
    expect(page.get_by_role("article").last).to_contain_text("word 3")
    page.get_by_role("button", name="New chat").click()
    assert ollama.hung_up.wait(5)
    expect(page.get_by_role("article")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("article")).to_have_count(0)


def test_a_failure_shows_its_reason_and_can_be_retried(page: Page, ollama: OllamaStub) -> None:
    ollama.failing = True
    ask(page, "Anybody home?")
    expect(page.get_by_role("alert")).to_contain_text("the model ran out of memory")
    expect(page.get_by_role("alert")).to_contain_text("Request ")
    ollama.failing = False
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("article").last).to_contain_text("Hello there.")
    expect(page.get_by_role("article")).to_have_count(2)
    assert len(ollama.asked[-1]["messages"]) == 2  # the system prompt and the question, once


def test_an_answer_that_ends_early_says_so(page: Page, ollama: OllamaStub) -> None:
    page.route("**/chat/stream", lambda route: route.fulfill(body='event: token\ndata: {"text": "Half a sen"}\n\n'))
    ask(page, "Tell me")
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("Half a sen")
    expect(answer.get_by_role("alert")).to_contain_text("The connection was lost")


def test_an_unreachable_service_is_named(page: Page) -> None:
    page.route("**/chat/stream", lambda route: route.abort("connectionrefused"))
    ask(page, "Anybody home?")
    expect(page.get_by_role("alert")).to_contain_text("The service cannot be reached")


def test_the_selected_model_answers_and_stays_selected(page: Page, ollama: OllamaStub) -> None:
    page.get_by_label("Model").select_option("qwen3:1.7b")
    page.reload()
    expect(page.get_by_label("Model")).to_have_value("qwen3:1.7b")
    ask(page, "Which one are you?")
    answered(page)
    assert ollama.asked[-1]["model"] == "qwen3:1.7b"


def test_streaming_does_not_scroll_a_reader_who_scrolled_up(page: Page, ollama: OllamaStub) -> None:
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


def test_appearance(page: Page, ollama: OllamaStub) -> None:
    ollama.say(GOOD_ANSWER)
    ask(page, "What is retrieval-augmented generation, in short?")
    answered(page)
    expect(page.get_by_role("cell", name="every sentence")).to_be_in_viewport()
    screenshot(page, "layer1.png")
