"""What of a model's answer is checked at all: no echo of the prompt, no repetition, no JSON."""

import pytest

from api.services.rag.checking.statements import rewritten
from api.services.rag.prompt import INSTRUCTIONS, RULES, SOURCES
from api.services.rag.review import found_nothing, to_check
from tests.measuring import cpu_seconds

SYSTEM = "You are a helpful assistant. Answer plainly."
FILES = ["bridge.txt", "ferry.txt"]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("It is red. [1]", "It is red. [1]"),
        ("It is 420 metres long [1].\n\nSources: [1], [2]", "It is 420 metres long [1]."),
        (f"{SYSTEM}\n\n{SOURCES}\n\nIt is red. [1]", "It is red. [1]"),
        (f"{RULES} {INSTRUCTIONS}", ""),
        ("It is red. [1]\n\n[2] ferry.txt:\n    The ferry crossed.", "It is red. [1]"),
        ("bridge.txt:\nIt is red. [1]", "It is red. [1]"),
        ("It is 420 metres long. It is 420 metres long.\nIt is 420 metres long.", "It is 420 metres long."),
        ("  \n", ""),
    ],
)
def test_what_a_model_repeats_is_no_part_of_its_answer(written: str, left: str) -> None:
    assert to_check(written, FILES, SYSTEM)[0] == left


def test_json_states_nothing_and_prose_in_brackets_does() -> None:
    assert to_check('{"pages": [7, 12], "text": "It is red."}', FILES, SYSTEM)[1] == []
    assert [one.text for one in to_check("[1] It is red.", FILES, SYSTEM)[1]] == ["It is red."]


@pytest.mark.parametrize(
    "sentence",
    [
        "The documents do not say.",
        "The sources don't mention when.",
        "I could not find this in the documents.",
        "I don't know.",
        "There is no information about that in the sources.",
        "This is not mentioned in the provided documents.",
        "The provided context does not contain an answer.",
        "Die Dokumente sagen dazu nichts.",
        "Les documents ne disent rien.",
        "Los documentos no dicen nada.",
    ],
)
def test_a_model_that_found_nothing_is_recognised(sentence: str) -> None:
    assert found_nothing(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Scheele did not publish it first.",
        "The treaty contains no clause on this.",
        "The report was not signed.",
        "The documents were signed in 1946.",
        "Information about the bridge is on page 3.",
    ],
)
def test_a_sentence_about_documents_is_an_answer(sentence: str) -> None:
    assert not found_nothing(sentence)


PIECES = ["It is red. ", "It is {} metres long [1]. ", "word ", "[1] ", "a", "| a ", "| a |\n"]


@pytest.mark.parametrize("piece", PIECES)
def test_the_time_grows_linearly_with_the_answer(piece: str) -> None:
    small, large = (cpu_seconds(marked, piece, size) for size in (6_000, 48_000))
    assert large < 8 * 3 * small + 0.2


def marked(piece: str, characters: int) -> None:
    text = "".join(piece.format(number) for number in range(characters // len(piece)))
    response, found = to_check(text, FILES, SYSTEM)
    rewritten(response, found, [(2,)] * len(found), (1, 2))


def test_statements_are_found_behind_neighbouring_markers_that_are_removed() -> None:
    response, found = to_check("[1] [2] It is red. It is blue.", FILES, SYSTEM)
    text, places = rewritten(response, found, [(), ()], (1, 2))
    assert text.strip() == "It is red. It is blue."
    assert [text[start:end] for start, end in places] == ["It is red.", "It is blue."]
