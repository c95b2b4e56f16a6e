"""What a quote speaks of."""

import pytest

from api.services.rag.quoting.naming import subject_of, with_antecedent
from api.services.rag.quoting.quoter import Quote
from api.services.retrieval.search import Hit
from tests.services.passages import hit

DAM = hit("The dam is old. The spillway was renewed in 1998. It conducts up to 85 m³ per second.\n\nThey fish there.")
FAN = hit("Data sheet: axial fan VX-180\n\nThe air flow is 1466 m³/h. The weight is 16.6 kg. The housing is grey.")


def quote(of: Hit, text: str) -> Quote:
    start = of.start + of.text.index(text)
    return Quote(of, start, start + len(text), text, 1.0, 0.5)


def test_a_quote_that_begins_with_it_is_quoted_with_the_sentence_before() -> None:
    named = with_antecedent("What conducts 85 m³ per second?", quote(DAM, "It conducts up to 85 m³ per second."))
    assert named.text == "The spillway was renewed in 1998. It conducts up to 85 m³ per second."
    assert DAM.text[named.start : named.end] == named.text


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("When was the spillway renewed?", "The spillway was renewed in 1998."),
        ("How much does it conduct?", "It conducts up to 85 m³ per second."),
        ("Who fishes in the lake?", "They fish there."),
    ],
)
def test_a_quote_stays_that_is_clear_or_whose_antecedent_is_not_asked_for(question: str, text: str) -> None:
    assert with_antecedent(question, quote(DAM, text)).text == text


@pytest.mark.parametrize("question", ["Which fan weighs 16.6 kg?", "What has a weight of 16.6 kg?"])
def test_a_quote_that_only_repeats_the_question_gets_the_line_that_names_its_document(question: str) -> None:
    named = subject_of(question, quote(FAN, "The weight is 16.6 kg."))
    assert named is not None
    assert named.text == "Data sheet: axial fan VX-180"
    assert FAN.text[named.start : named.end] == named.text


def test_so_does_one_that_lacks_the_kind_of_thing_that_is_asked_for() -> None:
    named = subject_of("List all fans in grey.", quote(FAN, "The housing is grey."))
    assert named is not None
    assert named.text == "Data sheet: axial fan VX-180"


@pytest.mark.parametrize("question", ["How heavy is VX-180?", "What is the weight of the axial fan VX-180?"])
def test_a_quote_that_answers_needs_no_name(question: str) -> None:
    assert subject_of(question, quote(FAN, "The weight is 16.6 kg.")) is None
