"""Answers that people corrected become golden questions, which `mystack eval --golden` measures."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from typer.testing import Result

from mystack.evaluate.feedback import read_collected, shared_phrase
from mystack.evaluate.questions import Question
from mystack.project import Refusal
from tests.cli.processes import served
from tests.evaluate.small_layer import SmallLayer

Invoke = Callable[..., Result]

DOME = "The dome is closed\nfrom 1 to 14 March every year.\n\nVisitors come on Fridays."
BOATS = "The last boat to the island leaves at 18:45 from the east quay."


@dataclass
class RatedLayer(SmallLayer):
    """A small layer whose answers were corrected."""

    feedback: list[dict[str, Any]] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = super().app()
        app.get("/feedback")(self.page)
        return app

    def page(self, corrected: bool, limit: int, cursor: str) -> dict[str, Any]:
        assert corrected
        start = int(cursor or 0)
        more = start + 2 < len(self.feedback)
        return {"feedback": self.feedback[start : start + 2], "next_cursor": str(start + 2) if more else None}

    def correct(self, question: str, correction: str, *cited: str) -> None:
        documents = [{"id": id, "filename": "guide.md", "deleted": id not in self.documents} for id in cited]
        self.feedback.append({"question": question, "correction": correction, "documents": documents})


@pytest.fixture
def rated() -> Iterator[RatedLayer]:
    small = RatedLayer(documents={"a": DOME, "b": BOATS})
    with served(small.app()) as small.url:
        yield small


def test_corrections_become_questions_that_can_be_measured(rated: RatedLayer, invoke: Invoke, tmp_path: Path) -> None:
    rated.correct("When is the dome closed?", "It is closed from 1 to 14 March.", "a")
    rated.correct("When does the last boat leave?", "The last boat leaves at 18:45 from the EAST quay!", "gone")
    rated.correct("When is the dome closed?", "an older correction", "a")
    rated.correct("Who built it?", "Nobody knows", "a")
    path = tmp_path / "mine.json"
    result = invoke("eval", "--from-feedback", "--golden", path, "--url", rated.url)
    assert result.exit_code == 0, result.output
    assert "2 golden questions" in result.output
    content = json.loads(path.read_text())
    assert content["unmatched"] == [{"question": "Who built it?", "correction": "Nobody knows"}]
    golden = read_collected(path)
    assert golden.questions == (
        Question("When is the dome closed?", "guide.txt", ("is closed from 1 to 14 March",)),
        Question("When does the last boat leave?", "somewhere.txt", ("leaves at 18:45 from the east quay",)),
    )
    assert [document.data.decode() for document in golden.documents] == [DOME, BOATS]

    rated.documents.clear()
    report = tmp_path / "report.json"
    measured = invoke("eval", "--golden", path, "--url", rated.url, "--json", report)
    assert measured.exit_code in (0, 1), measured.output
    assert "2 questions about 2 documents" in measured.output


def test_without_a_correction_there_is_nothing_to_write(rated: RatedLayer, invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("eval", "--from-feedback", "--golden", tmp_path / "mine.json", "--url", rated.url)
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_layer_is_named_as_the_reason(layer: SmallLayer, invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("eval", "--from-feedback", "--golden", tmp_path / "mine.json", "--url", layer.url)
    assert result.exit_code == 2


@pytest.mark.parametrize("content", ["", "[]", '{"guides": []}', '{"guides": [], "questions": []}'])
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(Refusal, match=r"other\.json"):
        read_collected(path)


@pytest.mark.parametrize(
    ("correction", "phrase"),
    [
        ("18:45", "18:45"),
        ("East Quay", "east quay"),
        ("the boat is red", None),
        ("It leaves AT 18:45 FROM there", "leaves at 18:45 from"),
        ("…", None),
    ],
)
def test_a_phrase_is_what_both_say(correction: str, phrase: str | None) -> None:
    found = shared_phrase(correction, BOATS)
    assert (found.phrase if found else None) == phrase


@pytest.mark.parametrize(
    ("question", "phrase"),
    [
        ("When does the last boat leave?", "at 18:45"),
        ("Which is the last boat?", "at 18:45"),
        ("Where does the boat at 18:45 leave?", "the east quay"),
        ("Does the last boat leave at 18:45 from the east quay?", "The last boat"),
    ],
)
def test_of_several_phrases_the_one_is_taken_that_the_question_does_not_say(question: str, phrase: str) -> None:
    found = shared_phrase(
        "The last boat leaves at 18:45 on time at the east quay", BOATS.replace("leaves", "is"), question
    )
    assert found
    assert found.phrase.startswith(phrase)
