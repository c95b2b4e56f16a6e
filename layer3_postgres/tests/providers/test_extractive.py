"""The provider without a model: it quotes, or says that it cannot."""

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
async def test_it_quotes_the_sentence_that_answers(question: str, quote: str) -> None:
    assert f"“{quote}”" in await reply(Message("user", f"{TEXT} {question}"))
    assert f"“{quote}”" in await reply(Message("user", TEXT), Message("assistant", "Yes."), Message("user", question))


async def test_it_says_when_no_sentence_answers() -> None:
    assert await reply(Message("user", f"{TEXT} Who painted Guernica?")) == NOT_FOUND


async def test_it_says_when_there_is_no_text_at_all() -> None:
    assert await reply(Message("user", "Who painted Guernica?")) == NO_CONTEXT


async def test_its_own_words_and_the_systems_are_no_source() -> None:
    earlier = Message("assistant", NO_CONTEXT), Message("assistant", "“Paris is the capital of France.”")
    assert await reply(*earlier, Message("user", "What is the capital of France?")) == NO_CONTEXT
    assert await reply(Message("user", "What kind of assistant are you?")) == NO_CONTEXT


async def test_the_same_question_has_the_same_answer() -> None:
    asked = Message("user", f"{TEXT} What is the capital of France?")
    assert len({await reply(asked) for _ in range(5)}) == 1


words = st.sampled_from(
    ["Paris", "Rome", "capital", "France", "Italy", "cats", "sleep", "the", "of", "is", "“quoted”", "3.5", "Dr."]
)
texts = st.lists(words, max_size=60).map(" ".join)
ends = st.sampled_from([".", "?", "!", "\n", ".\n\n", " – "])


@given(st.lists(st.tuples(texts, ends), min_size=1, max_size=6), texts)
async def test_everything_in_quotation_marks_stands_in_the_context(parts: list[tuple[str, str]], asked: str) -> None:
    context = " ".join(text + end for text, end in parts)
    said = f"{context} What about {asked}?"
    answer = await reply(Message("user", said))
    if answer not in (NO_CONTEXT, NOT_FOUND):
        assert answer.startswith("“")
        for quote in re.split(r"(?<=”)\n(?=“)", answer):
            assert quote[1:-1] in said


@hypothesis.settings(max_examples=50)
@given(st.text(max_size=500), st.text(max_size=100))
async def test_no_text_breaks_it(earlier: str, asked: str) -> None:
    assert await reply(Message("user", earlier), Message("user", asked))
