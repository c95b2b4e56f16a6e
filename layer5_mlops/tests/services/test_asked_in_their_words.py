"""Days and compounds of a question in the words of the documents."""

import pytest

from api.services.rag.asking.compounds import with_compounds
from api.services.rag.asking.days import in_their_form
from tests.services.passages import hit

RENEWED = hit("The spillway was renewed on 3 May 1998 and the dam in 1999.")
GERMAN = hit("Die Kündigungsfrist beträgt drei Monate. Der Brandschutzbeauftragte hat sein Büro im Erdgeschoss.")


@pytest.mark.parametrize("day", ["1998-05-03", "5/3/1998", "3/5/1998", "3.5.1998", "May 3, 1998"])
def test_a_day_is_asked_for_as_the_documents_write_it(day: str) -> None:
    assert in_their_form(f"What happened on {day}?", [RENEWED]) == "What happened on 3 May 1998?"


@pytest.mark.parametrize("day", ["1998-05-04", "3 May 1998", "1998"])
def test_another_day_and_the_same_form_stay(day: str) -> None:
    assert in_their_form(f"What happened on {day}?", [RENEWED]) == f"What happened on {day}?"


def test_without_hits_a_day_stays() -> None:
    assert in_their_form("What happened on 1998-05-03?", []) == "What happened on 1998-05-03?"


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (
            "Wo sitzt der Beauftragte für Brandschutz?",
            "Wo sitzt der Brandschutzbeauftragte für Brandschutzbeauftragte?",
        ),
        ("Wie lange ist die Frist?", "Wie lange ist die Kündigungsfrist?"),
    ],
)
def test_the_parts_of_a_compound_are_asked_for_as_the_compound(question: str, asked: str) -> None:
    assert with_compounds(question, [GERMAN]) == asked


@pytest.mark.parametrize("question", ["Wo ist das Büro?", "Wie viele Monate sind es?"])
def test_words_that_the_documents_have_stay(question: str) -> None:
    assert with_compounds(question, [GERMAN]) == question


def test_words_of_other_languages_stay() -> None:
    assert with_compounds("Where is the light?", [hit("The lighthouse is in the north of the island.")]) == (
        "Where is the light?"
    )
