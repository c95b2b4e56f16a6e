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
        ("İstanbul", "ISTANBUL"),
        ("ΟΔΟΣ", "οδός"),
        ("Malmø", "malmo"),
        ("собаками", "собака"),
        ("книги", "книга"),
        ("الكتاب", "كتاب"),
        ("भाषाओं", "भाषा"),
        ("1,250,000", "1.250.000"),
        ("1'250'000", "1250000"),
        ("3,5", "3.5"),
        ("1,250.00", "1250"),
        ("٣٥٠", "350"),
        (".NET", ".net"),
    ],
)
def test_forms_of_one_word_are_the_same_term(one: str, other: str) -> None:
    assert terms(one) == terms(other) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("need", "nee"),
        ("sing", "s"),
        ("used", "us"),
        ("3.14", "314"),
        ("C", "D"),
        ("C++", "C#"),
        ("C#", "C"),
        ("2.0", "2"),
        ("3.10", "3.1"),
        ("й", "и"),
    ],
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert terms(one) != terms(other)


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("3 480 000 euros", "3,480,000"),
        ("50 000 people", "50000"),
        ("It costs 1.250 euros.", "1250"),
        ("a ratio of 1.250", "1.250"),
        ("12 300 500 7", "12"),
        ("pump AB-1234/XY", "AB1234XY"),
        ("Müller", "Mueller"),
        ("Müller", "Muller"),
        ("Mueller", "Müller"),
        ("on 2024-03-15", "15 March 2024"),
        ("on March 15th, 2024", "2024-03-15"),
        ("am 15. März 2024", "15.3.2024"),
        ("le 15 mars 2024", "2024-03-15"),
        ("on 11/09/2023", "11 September 2023"),
        ("on 11/09/2023", "9 November 2023"),
        ("see Appendix D", "D"),
    ],
)
def test_what_is_written_in_one_form_is_found_in_another(written: str, searched: str) -> None:
    assert set(terms(written)) & set(terms(searched)) - {"2024", "2023", "15"}


def test_what_follows_an_apostrophe_is_no_term() -> None:
    assert terms("It's John's, I don't think we'll know") == terms("John don think know")


def test_the_numbers_of_a_row_stay_numbers() -> None:
    assert {"12", "300", "500"} <= set(terms("12 300 500"))


def test_stop_words_are_dropped() -> None:
    assert terms("What is it, and why is it there?") == []


def test_identifiers_are_split_into_their_parts() -> None:
    assert terms("set max_tokens=10 in x86_64") == [*terms("set max tokens 10"), "x86", "64"]


def test_scripts_without_spaces_become_character_bigrams() -> None:
    assert terms("東京都") == ["東京", "京都"]
    assert set(terms("東京")) <= set(terms("私は東京に住んでいます"))
    assert terms("字") == ["字"]


def test_vowel_signs_do_not_split_words() -> None:
    assert terms("हिन्दी भाषा") == [*terms("हिन्दी"), *terms("भाषा")]
    assert len(terms("हिन्दी")) == 1


@given(st.text())
def test_any_text_gives_stable_nonblank_terms(text: str) -> None:
    found = terms(text)
    assert all(term and not term.isspace() for term in found)
    assert found == terms(text)
    assert found == terms(f"  {text}\n")
