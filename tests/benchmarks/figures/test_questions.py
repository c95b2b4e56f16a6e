"""The questions about figures, and when one counts as found."""

from pathlib import Path

import pytest

from benchmarks.figures.app import Found, metrics
from benchmarks.figures.questions import FigureQuestion, documents, questions
from mystack.project import Refusal

QUESTION = FigureQuestion("How many?", "a.pdf", "1,349", "Net loss")
GROUPED = FigureQuestion("How many?", "a.pdf", "1,349", "Net sales", "Japan")


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


def test_every_row_has_a_name_that_is_not_its_figure() -> None:
    assert all(question.row and not question.answered_by(question.row) for question in questions())


@pytest.mark.parametrize("text", ["Net loss (1,593) (1,349)", "Net loss | (1,349)", "net\n loss  $ 1,349"])
def test_a_row_is_found_with_its_name_in_any_case_and_layout(text: str) -> None:
    assert QUESTION.row_found_in(text)


@pytest.mark.parametrize("text", ["1,349", "Net losses 1,349", "Net loss 1,593", "Net gain 1,349, loss 12"])
def test_a_row_without_its_name_or_figure_is_not_found(text: str) -> None:
    assert not QUESTION.row_found_in(text)


def test_a_row_is_whole_if_a_line_has_name_and_figure() -> None:
    torn = "Net loss |  |  |\n| 1,349 | 1,593"
    assert QUESTION.row_found_in(torn)
    assert not QUESTION.row_whole_in(torn)
    assert QUESTION.row_whole_in("Revenue | 7\nNet loss | 1,349")


def test_a_row_of_a_group_needs_the_name_of_its_group() -> None:
    assert not GROUPED.row_found_in("Net sales | 1,349")
    assert GROUPED.row_whole_in("Japan:\nNet sales | 1,349")
    assert GROUPED.row_whole_in("Net sales by segment:\nJapan | 1,349")
    assert not GROUPED.row_whole_in("Japan: Net sales\n1,349")


def test_a_folder_without_the_reports_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    assert [document.name for document in documents(tmp_path, [QUESTION])] == ["a.pdf"]
    with pytest.raises(Refusal, match=r"lacks b\.pdf"):
        documents(tmp_path, [QUESTION, FigureQuestion("?", "b.pdf", "1", "Total")])


def test_the_report_gives_the_shares() -> None:
    found = [
        Found(QUESTION, hits, quotes) for hits, quotes in ((True, True), (True, False), (False, False), (True, True))
    ]
    assert [metric.measured for metric in metrics(found)] == [[0.75], [0.5]]
    assert [metric.passed for metric in metrics(found)] == [False, False]
