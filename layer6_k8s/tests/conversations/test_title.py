"""Titles."""

import pytest

from api.services.conversations.title import LENGTH, title_of


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is RAG?", "What is RAG?"),
        ("  What\n is\tRAG? ", "What is RAG?"),
        ("word " * 12 + "word", "word " * 11 + "word…"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 60 + "…"),
        ("a " + "x" * 80, "a…"),
        ("This one ends with a comma right where it has to be cut off, and goes on", None),
        (" ", "…"),
        ("什" * 100, "什" * 60 + "…"),
    ],
)
def test_a_title_is_one_line_cut_after_a_word(question: str, title: str | None) -> None:
    made = title_of(question)
    assert made == (title or "This one ends with a comma right where it has to be cut off…")
    assert 0 < len(made) <= LENGTH + 1
