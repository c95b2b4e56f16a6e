"""The scores of an evaluation: found, quoted, cited, answered and refused."""

import pytest

from mystack.evaluate import scoring
from mystack.evaluate.library import Passage, Reply
from mystack.evaluate.questions import Question
from mystack.evaluate.scoring import Outcome

TEXT = "Tea is green. It is\nsteamed at once."
ASKED = Question("How is tea made?", "tea.txt", ("steamed at once", "is steamed"))
RIGHT = Passage("tea.txt", 14, 36, TEXT[14:36])
WRONG = Passage("tea.txt", 0, 13, TEXT[:13])
ELSEWHERE = Passage("coffee.txt", 0, 10, "is steamed")
REFUSED = Reply("Nothing.", {}, "nothing_relevant")


def reply(*cited: Passage, response: str = "") -> Reply:
    return Reply(response, dict(enumerate(cited, start=1)), None)


def found(*hits: Passage) -> Outcome:
    return Outcome(ASKED, {"hybrid": hits}, REFUSED)


def said(given: Reply) -> Outcome:
    return Outcome(ASKED, {}, given)


def test_a_hit_needs_the_right_document_and_a_phrase_whatever_the_white_space() -> None:
    outcomes = [found(RIGHT), found(WRONG), found(ELSEWHERE), found()]
    assert scoring.recall(outcomes, "hybrid", 1) == 0.25


def test_recall_depends_on_the_depth_and_ranks_count_from_one() -> None:
    outcomes = [found(WRONG, RIGHT), found(WRONG, ELSEWHERE)]
    assert scoring.recall(outcomes, "hybrid", 1) == 0
    assert scoring.recall(outcomes, "hybrid", 2) == 0.5
    assert scoring.reciprocal_rank(outcomes, "hybrid") == 0.25


def test_any_quote_may_hold_the_answer_and_the_first_is_the_one_with_the_lowest_marker() -> None:
    outcomes = [said(reply(RIGHT)), said(reply(WRONG, RIGHT)), said(REFUSED), said(reply(ELSEWHERE))]
    assert scoring.quoted(outcomes) == 0.5
    assert scoring.quoted_first(outcomes) == 0.25
    assert scoring.attributed(outcomes) == pytest.approx(2 / 3)
    assert scoring.quote_length([said(reply(WRONG, RIGHT)), said(REFUSED)]) == 13


def test_answers_and_refusals_are_counted_where_they_were_measured() -> None:
    outcomes = [
        Outcome(ASKED, {}, REFUSED, present=reply(RIGHT), absent=REFUSED),
        Outcome(ASKED, {}, REFUSED, present=REFUSED, absent=reply(ELSEWHERE)),
        Outcome(ASKED, {}, REFUSED, absent=REFUSED),
    ]
    assert scoring.answered(outcomes) == 0.5
    assert scoring.refused(outcomes) == pytest.approx(2 / 3)


def test_every_hit_and_quote_must_equal_the_stored_text() -> None:
    shifted = Passage("tea.txt", 15, 37, RIGHT.text)
    outcome = Outcome(ASKED, {"hybrid": [RIGHT, shifted]}, reply(WRONG), present=reply(shifted))
    assert scoring.exact([outcome], {"tea.txt": TEXT}) == 0.5


def test_a_marker_needs_a_source_and_brackets_inside_a_quote_are_not_markers() -> None:
    outcomes = [said(reply(RIGHT, response="“See [7] there.” [1]")), said(reply(RIGHT, response="So it is. [2]"))]
    assert scoring.resolved(outcomes) == 0.5
