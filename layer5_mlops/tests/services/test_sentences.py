"""Sentence boundaries."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.services.text.sentences import MAX_LENGTH, sentences
from tests.measuring import cpu_seconds

PIECES = st.sampled_from(
    [
        "Mr. ",
        "U.S. ",
        "3.5",
        ". ",
        "? ",
        "! ",
        "…",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "。",
        "\u2028",
        "\x1c",
        "e.g. ",
        ") ",
        "”",
    ]
)


def split(text: str) -> list[str]:
    return [sentence.text for sentence in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Smith met J. A. Hobson and Dr. Weil in the U.S. Senate.",
        "It cost $3.5 million, i.e. more than in 1999.",
        "See Fig. 3 and No. 5 of vol. 2 (c. 1455).",
        "Version 2.3.1 is at https://example.com/a.html today.",
        "The company Yahoo! is meant.",
        "He works for Apple Inc. and Alphabet Inc. Class A.",
        "z.B. Dr. Müller",
    ],
)
def test_a_period_inside_an_abbreviation_or_number_ends_no_sentence(text: str) -> None:
    assert split(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One ends. Two begins.", ["One ends.", "Two begins."]),
        ("He lived in the U.S. The war ended.", ["He lived in the U.S.", "The war ended."]),
        ("The answer is no. Then he left.", ["The answer is no.", "Then he left."]),
        ('He said "Shutdown!" Then he left.', ['He said "Shutdown!"', "Then he left."]),
        ("Known since 1900.[12] Later proven.", ["Known since 1900.[12]", "Later proven."]),
        ("Really?! Yes… And so on.", ["Really?!", "Yes…", "And so on."]),
        ("東京は首都です。人口は多い。", ["東京は首都です。", "人口は多い。"]),
        ("यह एक वाक्य है। यह दूसरा है।", ["यह एक वाक्य है।", "यह दूसरा है।"]),
        ("هل هذا سؤال؟ نعم۔", ["هل هذا سؤال؟", "نعم۔"]),
    ],
)
def test_terminators_of_all_scripts_end_sentences(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_a_wrapped_line_continues_its_sentence() -> None:
    wrapped = (
        "The quick brown fox jumps over the lazy dog and then\nit climbs, as it has done before, the high fence near\n"
        "Westminster, where the others are waiting."
    )
    assert split(wrapped) == [wrapped]


def test_table_rows_list_items_and_titles_are_sentences_of_their_own() -> None:
    text = "Net sales\n\niPhone 40,665 million\nMac 7,382\n\n- one. Two\n- three\n\n1. First do this.\n2. Then that."
    assert split(text) == [
        "Net sales",
        "iPhone 40,665 million",
        "Mac 7,382",
        "- one.",
        "Two",
        "- three",
        "1. First do this.",
        "2. Then that.",
    ]


def test_text_without_boundaries_is_cut_at_the_maximum_length() -> None:
    assert all(len(piece) <= MAX_LENGTH for piece in split("word " * 1000 + "x" * 2000))


def test_blank_text_has_no_sentences() -> None:
    assert sentences(" \n\t\n ") == []


@given(st.lists(PIECES | st.text(max_size=8)).map("".join))
@example("a.\x1c\u2028b. ")
def test_offsets_are_exact_and_only_whitespace_is_skipped(text: str) -> None:
    end = 0
    for sentence in sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip() != ""
        assert text[end : sentence.start].strip() == ""
        end = sentence.end
    assert text[end:].strip() == ""


@pytest.mark.parametrize("piece", [".", "?", "e.g. ", "i. ", ".)", " ", "(a", "\n"])
def test_the_time_grows_linearly_with_the_text(piece: str) -> None:
    texts = [f"a\n{piece * (size // len(piece))}x\n" for size in (5_000, 40_000)]
    small, large = (cpu_seconds(sentences, text) for text in texts)
    assert large < 8 * 3 * small + 0.1
