"""A model completes a follow-up question before it is searched, if it is quick and adds nothing."""

import time
from typing import Any

import pytest

from api.services.chat.turn import Message, Turn
from api.services.rag.asking import rewriting
from api.services.rag.asking.rewriting import REQUEST, Rewriter
from tests.library import Reader

HISTORY = [
    {"role": "user", "content": "Who was the architect of the Svindersund bridge?"},
    {"role": "assistant", "content": "The architect was Karin Holm [1]."},
]
FOLLOW_UP = "And how long is the thing?"
GOOD = "How long is the Svindersund bridge?"


async def asked(served_by_script: tuple[Any, Reader], rewritten: str) -> list[str]:
    """The prompts of one follow-up."""
    scripted, reader = served_by_script
    scripted.says("It is 420 metres long [1].")
    scripted.says(rewritten, when=REQUEST)
    await reader.post("/chat", message=FOLLOW_UP, history=HISTORY)
    return list(scripted.prompts)


async def test_the_question_that_is_searched_is_the_models(served_by_script: tuple[Any, Reader]) -> None:
    first, last = await asked(served_by_script, f"“{GOOD}”\nI rewrote it.")
    assert REQUEST in first
    assert f"Question: {FOLLOW_UP}" in last
    assert f"(It means: {GOOD})" in last


@pytest.mark.parametrize("rewritten", ["", "How long is the Øresund bridge?", "It is 420 metres long.", "word " * 100])
async def test_a_question_that_says_something_else_is_not_used(
    served_by_script: tuple[Any, Reader], rewritten: str
) -> None:
    *_, last = await asked(served_by_script, rewritten)
    assert f"(It means: {rewritten.strip()})" not in last


async def test_without_a_history_the_model_is_not_asked(served_by_script: tuple[Any, Reader]) -> None:
    scripted, reader = served_by_script
    scripted.says("It is 420 metres long [1].")
    await reader.post("/chat", message=GOOD)
    assert len(scripted.prompts) == 1


async def test_after_a_slow_rewriting_none_is_tried(
    served_by_script: tuple[Any, Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewriting, "SECONDS", 0.2)
    scripted, reader = served_by_script
    scripted.says("It is 420 metres long [1].")
    scripted.says(GOOD, when=REQUEST, held="first")
    started = time.monotonic()
    for _ in range(3):
        await reader.post("/chat", message=FOLLOW_UP, history=HISTORY)
    assert [REQUEST in prompt for prompt in scripted.prompts] == [True, False, False, False]
    assert time.monotonic() - started < 30


async def test_a_failing_model_leaves_the_question_to_the_rules() -> None:
    class Failing:
        def stream(self, turn: Turn) -> Any:
            from api.errors import ModelUnavailable

            raise ModelUnavailable("gone")

    turn = Turn(FOLLOW_UP, tuple(Message(m["role"], m["content"]) for m in HISTORY))  # type: ignore[arg-type]
    assert await Rewriter(Failing()).rewritten(turn) is None
