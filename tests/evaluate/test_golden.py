"""The golden set has questions that the guides answer, in their words, and some that they do not."""

import json

import pytest

from mystack.evaluate.questions import GOLDEN, GUIDES, Question, read_golden

GOLDEN_SET = read_golden()
ANSWERABLE = [question for question in GOLDEN_SET.questions if question.document]


def test_it_has_enough_questions_of_both_kinds() -> None:
    assert len(GOLDEN_SET.questions) >= 60
    assert len(ANSWERABLE) >= 40
    assert len(GOLDEN_SET.questions) - len(ANSWERABLE) >= 15
    assert len({question.text for question in GOLDEN_SET.questions}) == len(GOLDEN_SET.questions)


def test_it_has_a_question_about_every_guide() -> None:
    guides = {str(path.relative_to(GUIDES)) for path in GUIDES.glob("layer[12456]/*.md")}
    assert guides == {document.name for document in GOLDEN_SET.documents}
    assert guides == {question.document for question in ANSWERABLE}


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question.text)
def test_every_phrase_is_in_its_guide(question: Question) -> None:
    assert question.document
    text = (GUIDES / question.document).read_text(encoding="utf-8").replace("`", "").replace("*", "")
    assert question.phrases[0] in " ".join(text.split())


def test_a_question_without_a_guide_has_no_phrase() -> None:
    for path in GOLDEN.parent.glob("golden*.json"):
        for row in json.loads(path.read_text(encoding="utf-8"))["questions"]:
            assert set(row) in ({"question"}, {"question", "guide", "phrase"})
