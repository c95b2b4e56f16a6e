"""Ollama runs without a model: page, API and terminal say how to pull one, and use it afterwards."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import Page, expect

from mystack.project import ROOT
from tests.browser.conftest import serve
from tests.browser.ollama import OllamaStub
from tests.browser.test_chat import answered, ask

REMEDY = "Pull one: ollama pull llama3.2."
QUESTION = "The tower is 93 metres high. How high is the tower?"


@pytest.fixture(scope="module")
def layer(_ollama: OllamaStub) -> Iterator[str]:
    """A layer as `make run` starts it, with an Ollama that has no model yet."""
    _ollama.models = ()
    yield from serve(1, LLM_PROVIDER="auto", OLLAMA_URL=_ollama.url)


@pytest.fixture
def empty(ollama: OllamaStub) -> OllamaStub:
    ollama.models = ()
    return ollama


def in_terminal(url: str, question: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "mystack", "ask", question, "--url", url]
    env = {name: value for name, value in os.environ.items() if name != "API_KEY"}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_health_models_and_the_terminal_say_it_too(layer: str, empty: OllamaStub) -> None:
    [model] = httpx2.get(f"{layer}/health").json()["dependencies"]
    assert "`ollama pull llama3.2`" in model["reason"]
    assert "`ollama pull llama3.2`" in httpx2.get(f"{layer}/models").json()["providers"][0]["reason"]
    said = in_terminal(layer, QUESTION)
    assert (said.returncode, said.stdout) == (0, "“The tower is 93 metres high.”\n")
    assert "no language model is connected" in said.stderr
    assert "`ollama pull llama3.2`" in said.stderr


def test_the_page_names_the_command_answers_in_quotes_and_uses_the_model_once_it_is_pulled(
    open_page: Callable[..., Page], layer: str, empty: OllamaStub
) -> None:
    page = open_page(layer)
    expect(page.locator("#welcome")).to_contain_text(REMEDY)
    ask(page, QUESTION)
    answered(page)
    expect(page.get_by_role("article").last).to_contain_text("“The tower is 93 metres high.”")
    page.get_by_role("button", name="Ready · extractive").click()
    expect(page.get_by_role("dialog", name="Service")).to_contain_text(REMEDY)
    page.keyboard.press("Escape")
    empty.models = ("llama3.2:3b",)
    page.get_by_role("button", name="Ready · extractive").click()
    expect(page.get_by_role("button", name="Ready · ollama")).to_be_visible()
    expect(page.get_by_label("Model").locator("option").first).to_have_text("llama3.2:3b")
    page.keyboard.press("Escape")
    ask(page, QUESTION)
    answered(page)
    expect(page.get_by_role("article").last).to_contain_text("Hello there.")
    page.get_by_role("button", name="New chat").click()
    expect(page.locator("#welcome")).not_to_contain_text("ollama pull")


def test_a_model_that_was_removed_since_is_named_with_the_command_that_brings_it_back(
    open_page: Callable[..., Page], layer: str, ollama: OllamaStub
) -> None:
    page = open_page(layer)
    expect(page.get_by_role("button", name="Ready · ollama")).to_be_visible()
    ollama.models = ()
    ask(page, QUESTION)
    expect(page.get_by_role("alert")).to_contain_text("ollama pull llama3.2:3b")
    expect(page.get_by_role("button", name="Ready · extractive")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    answered(page)
    expect(page.get_by_role("article").last).to_contain_text("“The tower is 93 metres high.”")


def test_so_does_the_terminal(layer: str, ollama: OllamaStub) -> None:
    assert httpx2.get(f"{layer}/models").json()["default"] == "llama3.2:3b"
    ollama.models = ()
    said = in_terminal(layer, QUESTION)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("mystack: model_not_found: Ollama no longer has 'llama3.2:3b'")
    assert "`ollama pull llama3.2:3b`" in said.stderr
    assert in_terminal(layer, QUESTION).returncode == 0
