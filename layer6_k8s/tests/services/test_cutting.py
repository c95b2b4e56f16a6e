"""Cutting a text at stop sequences and at a number of tokens."""

import pytest

from api.services.chat.cutting import StopFilter, cut


@pytest.mark.parametrize(
    ("text", "max_tokens", "stop", "expected"),
    [
        ("one two three", None, None, ("one two three", "stop")),
        ("one two three", None, [" three", "two"], ("one ", "stop")),
        ("one two three", None, [""], ("one two three", "stop")),
        ("one two three", 100, None, ("one two three", "stop")),
        ("one two three", 3, None, ("one two", "length")),
        ("one two three", 1, None, ("one", "length")),
        ("onetwothree", 1, None, ("one", "length")),
        ("ééé", 1, None, ("é", "length")),
    ],
)
def test_a_text_ends_at_the_first_stop_sequence_or_after_a_whole_word(
    text: str, max_tokens: int | None, stop: list[str] | None, expected: tuple[str, str]
) -> None:
    assert cut(text, max_tokens, stop) == expected


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["a EN", "D b"], "a "),
        (["a EN", "TER"], "a ENTER"),
        (["a E", "E", "ND"], "a E"),
        (["a EN"], "a EN"),
    ],
)
def test_a_stop_sequence_is_found_across_the_pieces_of_a_stream(pieces: list[str], expected: str) -> None:
    filter = StopFilter(["END"])
    assert "".join(map(filter.feed, pieces)) + filter.flush() == expected
