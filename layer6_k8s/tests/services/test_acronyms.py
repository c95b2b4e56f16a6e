"""Acronyms and their long forms."""

import pytest

from api.services.rag.asking.acronyms import Form, as_asked, forms_of, in_other_form, is_rare, merged, unseen
from tests.services.passages import hit


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Paid time off (PTO) is granted after a year.", Form("PTO", "Paid time off")),
        ("The key performance indicators (KPIs) are public.", Form("KPI", "key performance indicators")),
        ("RMA stands for return merchandise authorization.", Form("RMA", "return merchandise authorization")),
        ("SLA (service level agreement): see part 3.", Form("SLA", "service level agreement")),
        ("The Bill of Materials (BOM) is attached.", Form("BOM", "Bill of Materials")),
    ],
)
def test_a_definition_is_recognised_from_either_form(text: str, form: Form) -> None:
    for question in (f"Who approves the {form.long.lower()}?", f"Who approves the {form.acronym}?"):
        assert forms_of(question, [hit(text)]) == [form]


def test_without_a_definition_the_initials_tell() -> None:
    assert forms_of("Who hands out the PPE?", [hit("Personal protective equipment is in the store.")]) == [
        Form("PPE", "Personal protective equipment")
    ]
    assert forms_of("Who signs the standard operating procedure?", [hit("The SOP is signed by Ann.")]) == [
        Form("SOP", "standard operating procedure")
    ]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What did the FBI find?", "A man from being in the house knew of it."),  # words without meaning
        ("Who approves time off?", "The tax officer (TO) approves it."),  # two letters
        ("Who approves leave?", "Paid time off (PTO) is granted."),  # none is asked for
        ("Is PTO paid time off?", "Paid time off (PTO) is granted."),  # both are
    ],
)
def test_where_no_other_form_is_needed_there_is_none(question: str, text: str) -> None:
    assert forms_of(question, [hit(text)]) == []


def test_questions_and_texts_are_brought_into_the_other_form() -> None:
    forms = [Form("PTO", "Paid time off")]
    assert in_other_form("Who approves paid time off?", forms) == "Who approves PTO?"
    assert in_other_form("who approves pto?", forms) == "who approves Paid time off?"
    assert as_asked("PTO is approved by Ann.", "paid time off?", forms) == "Paid time off is approved by Ann."
    assert as_asked("Paid time off is short.", "PTO?", forms) == "PTO is short."
    assert as_asked("Paid time off (PTO) is short.", "PTO?", forms) == "Paid time off (PTO) is short."


def test_only_a_form_that_the_first_hits_do_not_use_is_searched_for_again() -> None:
    forms = [Form("PTO", "Paid time off")]
    defined, used = hit("Paid time off (PTO) is granted."), hit("Paid time off is short.")
    assert is_rare("Who approves paid time off?", [defined, hit("Lunch is at noon.")], forms)
    assert not is_rare("Who approves paid time off?", [defined, used], forms)


def test_the_hits_of_two_searches_are_merged_by_their_scores() -> None:
    first, second, third = hit("a", score=0.9), hit("b", score=0.7), hit("c", score=0.8)
    assert merged([first, second], [third, first], top_k=2) == [first, third]


def test_acronyms_are_unseen_if_no_hit_has_them() -> None:
    hits = [hit("The DLQ is kept for 14 days.")]
    assert unseen("What do DLQ and CMK stand for?", hits) == ["CMK"]
    assert unseen("What is a dead letter queue?", hits) == []
