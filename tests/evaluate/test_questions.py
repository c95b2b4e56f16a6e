"""A file in SQuAD's format becomes documents and questions."""

import json
from pathlib import Path
from typing import Any

import pytest

from mystack.evaluate.questions import Document, Question, read_golden, read_squad
from mystack.project import Refusal


def squad(tmp_path: Path, *articles: dict[str, Any]) -> Path:
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"version": "1.1", "data": articles}))
    return path


def test_an_article_is_one_document_with_separate_paragraphs(tmp_path: Path) -> None:
    answers = [{"text": "1911", "answer_start": 4}, {"text": "in 1911", "answer_start": 1}]
    one = {"context": "Oslo. In 1911.", "qas": [{"question": "When?", "answers": answers}]}
    two = {"context": "Bergen.", "qas": []}
    asked = read_squad(squad(tmp_path, {"title": "Norway", "paragraphs": [one, two]}))
    assert asked.documents == (Document("Norway.txt", b"Oslo. In 1911.\n\nBergen."),)
    assert asked.questions == (Question("When?", "Norway.txt", ("1911", "in 1911")),)


@pytest.mark.parametrize("content", ["", "[]", '{"data": [{"title": "x"}]}', '{"data": []}'])
def test_a_file_in_another_format_is_refused_in_one_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(Refusal, match=r"other\.json"):
        read_squad(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be read"):
        read_squad(tmp_path / "nowhere.json")


def test_the_golden_set_without_its_guides_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"01-fastapi-basics\.md"):
        read_golden(guides=tmp_path)
