"""A bound of a range is no value: what passages give, and what sentences may state of it."""

import pytest

from api.services.rag.checking.ranges import given, missing, stated

RANGES = {
    "between 180 and 240 degrees Celsius": ("180", "240"),
    "kept at 12 to 18 degrees": ("12", "18"),
    "lasts from two to four weeks": ("2", "4"),
    "costs 700-900 euros": ("700", "900"),
    "pays between 14% and 42% of the income": ("14", "42"),
    "5 km to 7 km long": ("5", "7"),
    "$1,000 to $2,000 each": ("1000", "2000"),
    "between 1200 and 1500 metres high": ("1200", "1500"),
    "zwischen 5 und 7 Grad": ("5", "7"),
    "5 bis 7 Grad": ("5", "7"),
    "entre 5 et 7 jours": ("5", "7"),
}
NONE = [
    "from 1939 to 1945.",
    "the 2010-2011 season",
    "between 3 and 5 May",
    "from 9:00 to 17:00",
    "sales rose from 5 to 7 per cent",
    "chapters 3 to 5 describe it",
    "gave 5 apples to 7 children",
    "won 24–10",
    "a record of 15–1",
    "on 2020-01-15",
    "5 and 7 metres",
    "version 1.2.3 to 4",
    "",
]


@pytest.mark.parametrize("passage", RANGES)
def test_a_range_has_bounds_and_no_values(passage: str) -> None:
    found = given(passage)
    assert (found.ranges, found.values) == ((RANGES[passage],), frozenset())


@pytest.mark.parametrize("passage", NONE)
def test_periods_changes_series_scores_and_dates_are_no_ranges(passage: str) -> None:
    assert given(passage).ranges == ()


def test_a_value_beside_a_range_of_it_stays_a_value() -> None:
    assert given("It runs at 180 degrees; 180 to 240 degrees are allowed.").bounds == {"240"}


PASSAGE = given("Roasting takes place between 180 and 240 degrees and lasts three to five minutes, in 2 drums.")


@pytest.mark.parametrize(
    "sentence",
    [
        "Roasting takes place at 180 to 240 degrees.",
        "The temperature is between 180 °C and 240 °C.",
        "It takes place from 180 degrees.",
        "It takes place at up to 240 degrees.",
        "It needs at least 180 degrees and at most 240 degrees.",
        "Beans can be roasted at 180 degrees.",
        "The lowest temperature is 180 degrees.",
        "The maximum is 240 degrees.",
        "It may last five minutes.",
        "There are 2 drums.",
    ],
)
def test_a_range_or_a_bound_of_it_is_given(sentence: str) -> None:
    assert missing(stated(sentence), PASSAGE, PASSAGE.bounds) == 0


@pytest.mark.parametrize(
    "sentence",
    [
        "Roasting takes place at 180 degrees.",
        "The temperature is about 240 degrees.",
        "It needs at least 240 degrees.",
        "It takes place at up to 180 degrees.",
        "Roasting lasts five minutes.",
        "There are 3 drums.",
        "It takes place at 200 degrees.",
    ],
)
def test_a_bound_as_a_value_is_not_given(sentence: str) -> None:
    assert missing(stated(sentence), PASSAGE, PASSAGE.bounds) == 1


def test_a_number_in_words_counts_only_if_it_is_a_bound() -> None:
    assert missing(stated("There are two drums and seven beans."), PASSAGE, PASSAGE.bounds) == 0
