"""The confidence that the evidence answers a question."""

from dataclasses import replace

import pytest

from api.services.rag.answerability.confidence import ENOUGH, confidence
from api.services.rag.quoting.quoter import Quote
from api.services.retrieval.search import Hit
from tests.services.passages import hit

TOWER = hit("The Eiffel tower in Paris was opened in 1889.", filename="towers.txt")


def quoted(found: Hit, similarity: float) -> list[Quote]:
    return [Quote(found, found.start, found.end, found.text, 1.0, similarity)]


def test_evidence_near_in_meaning_and_words_is_enough() -> None:
    assert confidence("When was the Eiffel tower opened?", [TOWER], quoted(TOWER, 0.7)) > 0.9 > ENOUGH


def test_evidence_far_in_meaning_and_words_is_not_enough() -> None:
    assert confidence("How do cats sleep?", [TOWER], quoted(TOWER, 0.1)) < 0.1 < ENOUGH


def test_a_name_missing_from_the_evidence_lowers_the_confidence() -> None:
    known = confidence("When was the tower in Paris opened?", [TOWER], quoted(TOWER, 0.45))
    unknown = confidence("When was the tower in Tokyo opened?", [TOWER], quoted(TOWER, 0.45))
    unnamed = confidence("When was the tower in town opened?", [TOWER], quoted(TOWER, 0.45))
    assert known > unnamed > unknown


def test_a_name_in_the_file_name_counts_as_found() -> None:
    found = hit("It was opened in 1889.", filename="Eiffel.txt")
    held = confidence("When was the Eiffel opened?", [found], quoted(found, 0.4))
    assert held > confidence("When was the Louvre opened?", [found], quoted(found, 0.4))


def test_names_with_which_the_document_begins_count_as_found_if_all_are_there() -> None:
    payable = hit("Accounts payable | 48,343 | 54,763", filename="report.md")
    asked, opening = "What were the accounts payable of {}?", "Annual report of Hallberg Marine for the year 2031"
    own, other, far = (
        confidence(asked.format(name), [payable], quoted(payable, 0.5), opening=opening)
        for name in ("Hallberg Marine", "Hallberg Shipping", "Stenqvist Shipping")
    )
    without = confidence(asked.format("Hallberg Marine"), [payable], quoted(payable, 0.5))
    assert own > ENOUGH > without == other == far


def test_a_misspelt_name_counts_as_found() -> None:
    asked = "When was the {} tower opened?"
    misspelt, unknown = (confidence(asked.format(name), [TOWER], quoted(TOWER, 0.5)) for name in ("Eifffel", "Louvre"))
    assert misspelt > unknown


def test_a_list_tells_how_many_whatever_its_items_are_called() -> None:
    steps = hit("1. Collect the badge\n2. Sign the form\n3. Meet the mentor", filename="onboarding.txt")
    prose = hit("Collect the badge, then sign the form and meet the mentor.", filename="onboarding.txt")
    asked = "How many steps does the onboarding have?"
    assert confidence(asked, [steps], quoted(steps, 0.5)) > confidence(asked, [prose], quoted(prose, 0.5))


def test_the_words_are_looked_for_where_the_best_quote_is() -> None:
    nearest = hit("Blood was drawn in winter and stored cold.", filename="blood.txt")
    answering = hit("The primary outcome was the number of infections.", filename="outcome.txt")
    asked = "What was the primary outcome?"
    assert confidence(asked, [nearest, answering], quoted(answering, 0.3)) > ENOUGH
    assert confidence(asked, [nearest, answering], quoted(nearest, 0.3)) < ENOUGH


def test_a_title_above_the_quote_may_have_the_verb() -> None:
    filling = "Fill the hopper with pellets."
    titled = hit(f"Starting the stove\n\n{filling} It burns well.")
    other = hit(f"Using the stove\n\n{filling} It starts well.")
    first, second = (replace(quoted(one, 0.5)[0], text=filling) for one in (titled, other))
    asked = "How is the stove started?"
    assert confidence(asked, [titled], [first]) > confidence(asked, [other], [second])


def test_a_code_that_no_hit_has_is_not_answered() -> None:
    codes = hit("Error E03: the flue gas is too hot.", filename="codes.txt")
    assert confidence("What does error E03 mean?", [codes], quoted(codes, 0.5)) > ENOUGH
    assert confidence("What does error E07 mean?", [codes], quoted(codes, 0.5)) < ENOUGH


@pytest.mark.parametrize("hits", [[], [TOWER]])
def test_without_hits_or_quotes_the_confidence_is_0(hits: list[Hit]) -> None:
    assert confidence("When?", hits, []) == 0.0


def test_the_confidence_is_a_probability_for_any_input() -> None:
    for question in ("", "?", "A B C 1 2 3", "東京"):
        for similarity in (-1.0, 0.0, 1.0):
            assert 0.0 <= confidence(question, [TOWER], quoted(TOWER, similarity)) <= 1.0
