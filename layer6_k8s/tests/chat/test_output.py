"""What a model writes for its server does not reach the reader: thinking, and the tokens of chat templates."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from api.services.chat.output import OutputFilter

ANSWERS = [
    ("In 1946.", "In 1946."),
    ("<think>Which year?\nSource [2].</think>\n\nIn 1946.", "In 1946."),
    ("<thinking>Which year?</thinking>In 1946.", "In 1946."),
    ("<think>cut off before the ans", ""),
    ("In 1946.<end_of_turn>\n<start_of_turn>user\nAnd where?", "In 1946."),
    ("In 1946.<|im_end|>\n<|im_start|>user", "In 1946."),
    ("In 1946.</s>", "In 1946."),
    ("In 1946.<|eot_id|><|start_header_id|>user", "In 1946."),
    ("In 1946. [/INST] And", "In 1946. "),
    ("<|im_start|>assistant\nIn 1946.", "In 1946."),
    ("<start_of_turn>model\nIn 1946.", "In 1946."),
    ("<s>In 1946.", "In 1946."),
    ("Use `<|im_end|>` and `</s>`.", "Use `<|im_end|>` and `</s>`."),
    ("```\n<s>one</s>\n```\nDone.</s>More", "```\n<s>one</s>\n```\nDone."),
    ("1 < 2, <b>bold</b>, a [list] and [IN", "1 < 2, <b>bold</b>, a [list] and [IN"),
    ("", ""),
]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(("written", "read"), ANSWERS)
def test_a_reader_gets_the_answer_alone_in_pieces_of_any_size(written: str, read: str, size: int) -> None:
    output = OutputFilter()
    pieces = [output.feed(written[at : at + size]) for at in range(0, len(written), size)]
    assert "".join([*pieces, output.flush()]) == output.answer == read


def test_thinking_without_a_beginning_is_not_part_of_the_answer() -> None:
    output = OutputFilter()
    output.feed("Which year? 1946.</think>In 1946.")
    output.flush()
    assert output.answer == "In 1946."


PROMPT = "Answer plainly, and say so when you do not know.\nAnswer in French."
ECHOES = [
    ("Answer plainly, and say so when you do not know.\nThanks! Answer plainly,", ""),
    ("\nAnswer plainly, and say so when you do not know.", ""),
    ("Answer plainly, and you will be understood.", "Answer plainly, and you will be understood."),
    ("Answer plainly", "Answer plainly"),
    ("He said: Answer plainly, and say so when you do not know.", None),
    ("In 1946.", "In 1946."),
]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(("written", "read"), ECHOES)
def test_the_system_prompt_is_no_answer(written: str, read: str | None, size: int) -> None:
    output = OutputFilter(PROMPT)
    pieces = [output.feed(written[at : at + size]) for at in range(0, len(written), size)]
    assert "".join([*pieces, output.flush()]) == output.answer == (written if read is None else read)
    assert output.ended == (read == "")


def test_a_short_system_prompt_may_be_an_answer() -> None:
    output = OutputFilter("Be brief.")
    assert output.feed("Be brief. ") + output.feed("That is all.") + output.flush() == "Be brief. That is all."


@pytest.mark.parametrize("said", ["", PROMPT])
async def test_an_answer_without_text_says_so(
    serve: Callable[..., str], scripted: Any, http: httpx2.AsyncClient, said: str
) -> None:
    url = serve(system_prompt=PROMPT, **scripted.settings)
    scripted.says(said)
    answer = (await http.post(f"{url}/chat", json={"message": "Thanks, that helps!"})).json()
    assert (answer["response"], answer["notice"]) == ("", "The model wrote no answer.")


async def test_the_service_stops_reading_at_the_end_of_the_models_turn(
    serve: Callable[..., str], scripted: Any, http: httpx2.AsyncClient
) -> None:
    url = serve(**scripted.settings)
    scripted.says(pieces=["<think>Hm.</think>", "In 19", "46.<end_", "of_turn>\n", "<start_of_turn>user\nWhat else?"])
    answer = (await http.post(f"{url}/chat", json={"message": "When was it opened?"})).json()
    assert answer["response"] == "In 1946."
    assert answer["finish_reason"] == "stop"
