"""The questions about figures, and when one counts as found."""

from pathlib import Path

import pytest

from benchmarks.figures.app import Found, metrics
from benchmarks.figures.questions import FigureQuestion, documents, questions
from mystack.project import Refusal

QUESTION = FigureQuestion("How many?", "a.pdf", "1,349")


def test_there_are_sixty_different_questions_about_three_reports() -> None:
    asked = questions()
    assert len({question.text for question in asked}) == len(asked) == 60
    assert len({question.document for question in asked}) == 3
    assert not any(question.answered_by(question.text) for question in asked)


@pytest.mark.parametrize("text", ["(1,349)", "Net loss $ 1,349.", "1,349, or less", "1,593 | 1,349"])
def test_a_figure_counts_in_any_form(text: str) -> None:
    assert QUESTION.answered_by(text)


@pytest.mark.parametrize("text", ["11,349", "1,349,000", "1,349.5", "2.1,349", "1349"])
def test_a_part_of_a_longer_number_does_not_count(text: str) -> None:
    assert not QUESTION.answered_by(text)


def test_a_folder_without_the_reports_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    assert [document.name for document in documents(tmp_path, [QUESTION])] == ["a.pdf"]
    with pytest.raises(Refusal, match=r"lacks b\.pdf"):
        documents(tmp_path, [QUESTION, FigureQuestion("?", "b.pdf", "1")])


def test_the_report_gives_the_shares() -> None:
    found = [
        Found(QUESTION, hits, quotes) for hits, quotes in ((True, True), (True, False), (False, False), (True, True))
    ]
    assert [metric.measured for metric in metrics(found)] == [[0.75], [0.5]]
    assert [metric.passed for metric in metrics(found)] == [False, False]
