"""Conversations on layer 3's page with a language model: repeated, stopped and failed answers."""

from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serve
from tests.browser.conversations import forget, rows, stored
from tests.browser.ollama import OllamaStub
from tests.browser.test_chat import answered, ask


@pytest.fixture(scope="module")
def layer3_with_model(_ollama: OllamaStub) -> Iterator[str]:
    yield from serve(3, LLM_PROVIDER="ollama", OLLAMA_URL=_ollama.url, USE_RAG="false")


@pytest.fixture
def written(open_page: Callable[..., Page], layer3_with_model: str, ollama: OllamaStub) -> Page:
    """Layer 3's page with a language model, and no conversations."""
    forget(layer3_with_model)
    return open_page(layer3_with_model)


def test_the_model_receives_the_conversation_so_far(written: Page, ollama: OllamaStub) -> None:
    ollama.say("My name is Ada.")
    ask(written, "Who are you?")
    answered(written)
    written.reload()
    ask(written, "And your name?")
    expect(written.get_by_role("article")).to_have_count(4)  # the question waits until the conversation is loaded
    answered(written)
    said = [message["content"] for message in ollama.asked[-1]["messages"]]
    assert said[-3:] == ["Who are you?", "My name is Ada.", "And your name?"]
    expect(rows(written)).to_have_count(1)


def test_asking_again_replaces_the_answer(written: Page, ollama: OllamaStub, layer3_with_model: str) -> None:
    ask(written, "Who are you?")
    answered(written)
    ollama.say("Another answer.")
    written.get_by_role("button", name="Ask again").click()
    expect(written.get_by_role("article").last).to_contain_text("Another answer.")
    answered(written)
    written.reload()
    expect(written.get_by_role("article")).to_have_count(2)
    written.get_by_role("button", name="Ask again").click()
    answered(written)
    expect(written.get_by_role("article")).to_have_count(2)
    [conversation] = stored(layer3_with_model)
    read = httpx2.get(f"{layer3_with_model}/conversations/{conversation['id']}").json()
    assert [message["content"] for message in read["messages"]] == ["Who are you?", "Another answer."]


def test_a_stopped_answer_stays_in_this_tab_alone(written: Page, ollama: OllamaStub, layer3_with_model: str) -> None:
    ask(written, "Who are you?")
    answered(written)
    ollama.answer_endlessly()
    ask(written, "Tell me everything")
    expect(written.get_by_role("article").last).to_contain_text("word 3")
    written.get_by_role("button", name="Stop").click()
    expect(written.get_by_role("article").last).to_contain_text("Answer stopped.")
    written.reload()
    expect(written.get_by_role("article")).to_have_count(4)
    expect(written.get_by_role("article").last).to_contain_text("word 3")
    ollama.say("Everything.")
    written.get_by_role("button", name="Try again").click()
    expect(written.get_by_role("article").last).to_contain_text("Everything.")
    answered(written)
    written.reload()
    expect(written.get_by_role("article")).to_have_count(4)
    assert len(stored(layer3_with_model)) == 1


def test_a_first_question_that_failed_is_there_after_a_reload(written: Page, ollama: OllamaStub) -> None:
    ollama.failing = True
    ask(written, "Anybody home?")
    expect(written.get_by_role("alert")).to_contain_text("the model ran out of memory")
    written.reload()
    expect(written.get_by_role("article").first).to_contain_text("Anybody home?")
    expect(rows(written)).to_have_count(0)
    ollama.failing = False
    written.get_by_role("button", name="Try again").click()
    answered(written)
    expect(rows(written)).to_have_text(["Anybody home?"])
    written.reload()
    expect(written.get_by_role("article")).to_have_count(2)
