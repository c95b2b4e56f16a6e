"""Which words become the same search term."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.services.text.terms import terms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("agencies", "agency"),
        ("Running", "runs"),
        ("founded", "found"),
        ("used", "using"),
        ("boxes", "box"),
        ("quickly", "quick"),
        ("Army’s", "army"),
        ("NAÏVE", "naive"),
        ("1,000", "1000"),
        ("e-mails", "email"),
        ("U.S.", "US"),
        ("ﬁle", "files"),
        ("co\u00adoperate", "cooperate"),
        ("well‑known", "well-known"),
        ("Straße", "STRASSE"),
    ],
)
def test_forms_of_one_word_are_the_same_term(one: str, other: str) -> None:
    assert terms(one) == terms(other) != []


@pytest.mark.parametrize(
    ("one", "other"), [("need", "nee"), ("sing", "s"), ("used", "us"), ("3.14", "314"), ("C", "D")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert terms(one) != terms(other)


def test_stop_words_are_dropped() -> None:
    assert terms("What is it, and why is it there?") == []


def test_identifiers_are_split_into_their_parts() -> None:
    assert terms("set max_tokens=10 in x86_64") == [*terms("set max tokens 10"), "x86", "64"]


def test_scripts_without_spaces_become_character_bigrams() -> None:
    assert terms("東京都") == ["東京", "京都"]
    assert set(terms("東京")) <= set(terms("私は東京に住んでいます"))
    assert terms("字") == ["字"]


def test_vowel_signs_do_not_split_words() -> None:
    assert terms("हिन्दी भाषा") == ["हिन्दी", "भाषा"]


@given(st.text())
def test_any_text_gives_stable_nonblank_terms(text: str) -> None:
    found = terms(text)
    assert all(term and not term.isspace() for term in found)
    assert found == terms(text)
    assert found == terms(f"  {text}\n")
