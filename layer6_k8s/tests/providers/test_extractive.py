"""The provider without a model: it quotes the context, or says that it found nothing."""

import re

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.adapters.llm.extractive import NO_CONTEXT, NOT_FOUND, ExtractiveModel
from api.services.chat.language_model import Prompt, Token
from api.services.chat.turn import Message

RULES = "You are a helpful assistant."
TEXT = "Paris is the capital of France. Rome is the capital of Italy. Cats sleep most of the day."


async def reply(*messages: Message) -> str:
    prompt = Prompt((Message("system", RULES), *messages), "extractive", 32_768, 500)
    pieces = [piece async for piece in ExtractiveModel(RULES).stream(prompt)]
    return "".join(piece.text for piece in pieces if isinstance(piece, Token))


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("What is the capital of Italy?", "Rome is the capital of Italy."),
        ("How long do cats sleep?", "Cats sleep most of the day."),
    ],
)
async def test_the_sentence_that_answers_is_quoted(question: str, quote: str) -> None:
    assert f"“{quote}”" in await reply(Message("user", f"{TEXT} {question}"))
    assert f"“{quote}”" in await reply(Message("user", TEXT), Message("assistant", "Yes."), Message("user", question))


async def test_a_context_without_the_answer_is_not_quoted() -> None:
    assert await reply(Message("user", f"{TEXT} Who painted Guernica?")) == NOT_FOUND


async def test_a_question_without_context_gets_a_notice() -> None:
    assert await reply(Message("user", "Who painted Guernica?")) == NO_CONTEXT


async def test_earlier_answers_and_the_system_prompt_are_never_quoted() -> None:
    earlier = Message("assistant", NO_CONTEXT), Message("assistant", "“Paris is the capital of France.”")
    assert await reply(*earlier, Message("user", "What is the capital of France?")) == NO_CONTEXT
    assert await reply(Message("user", "What kind of assistant are you?")) == NO_CONTEXT


async def test_a_request_that_is_repeated_does_not_quote_itself() -> None:
    again = Message("user", "Tell me about cats.")
    assert await reply(again, Message("assistant", NO_CONTEXT), again) == NO_CONTEXT
    assert "“Cats sleep" in await reply(Message("user", TEXT), again, Message("assistant", NOT_FOUND), again)


async def test_the_same_question_always_gets_the_same_answer() -> None:
    question = Message("user", f"{TEXT} What is the capital of France?")
    assert len({await reply(question) for _ in range(5)}) == 1


words = st.sampled_from(
    ["Paris", "Rome", "capital", "France", "Italy", "cats", "sleep", "the", "of", "is", "“quoted”", "3.5", "Dr."]
)
texts = st.lists(words, max_size=60).map(" ".join)
ends = st.sampled_from([".", "?", "!", "\n", ".\n\n", " – "])


@given(st.lists(st.tuples(texts, ends), min_size=1, max_size=6), texts)
async def test_every_quote_occurs_in_the_context(parts: list[tuple[str, str]], topic: str) -> None:
    context = " ".join(text + end for text, end in parts)
    message = f"{context} What about {topic}?"
    answer = await reply(Message("user", message))
    if answer not in (NO_CONTEXT, NOT_FOUND):
        assert answer.startswith("“")
        for quote in re.split(r"(?<=”)\n(?=“)", answer):
            assert quote[1:-1] in message


@hypothesis.settings(max_examples=50)
@given(st.text(max_size=500), st.text(max_size=100))
async def test_any_text_gets_an_answer(context: str, question: str) -> None:
    assert await reply(Message("user", context), Message("user", question))
