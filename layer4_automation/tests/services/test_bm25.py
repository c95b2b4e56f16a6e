"""BM25 as sparse vectors."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.services.text.bm25 import AVERAGE_TERMS, K1, SparseVector, encode_document, encode_query, term_id


def dot(one: SparseVector, other: SparseVector) -> float:
    values = dict(zip(other.indices, other.values, strict=True))
    return sum(value * values.get(index, 0.0) for index, value in zip(one.indices, one.values, strict=True))


def test_the_dot_product_is_bm25_without_idf() -> None:
    document = encode_document("fox " * 3 + "lawn " * (AVERAGE_TERMS - 3))
    assert dot(encode_query("Where is the fox?"), document) == pytest.approx(3 * (K1 + 1) / (3 + K1))


def test_repetitions_in_a_chunk_count_less_and_less_and_in_a_question_not_at_all() -> None:
    scores = [dot(encode_query("fox"), encode_document("fox " * times + "lawn " * (50 - times))) for times in (1, 2, 3)]
    assert scores[0] < scores[1] < scores[2]
    assert scores[1] - scores[0] > scores[2] - scores[1]
    assert encode_query("fox fox") == encode_query("fox")


def test_a_long_chunk_scores_lower() -> None:
    assert dot(encode_query("fox"), encode_document("fox")) > dot(
        encode_query("fox"), encode_document("fox " + "a1 b2 " * 99)
    )


def test_weights_are_in_single_precision() -> None:
    values = encode_document("fox fox lawn").values
    assert values == [struct.unpack("f", struct.pack("f", value))[0] for value in values]
    assert 1.0 < max(values) < 2.0


def test_the_vector_of_stop_words_is_empty_and_false() -> None:
    assert not encode_query("What is it?")
    assert encode_query("fox")


def test_term_ids_never_change() -> None:
    """They are stored: another hash would make every stored vector useless."""
    assert term_id("fox") == 3786988939


@given(st.text())
def test_indices_are_ascending_unsigned_and_unique(text: str) -> None:
    for vector in (encode_document(text), encode_query(text)):
        assert vector.indices == sorted(set(vector.indices))
        assert all(0 <= index < 2**32 for index in vector.indices)
        assert all(math.isfinite(value) and value > 0 for value in vector.values)
        assert len(vector.indices) == len(vector.values)


def test_the_name_of_its_file_helps_to_find_a_chunk_but_less_than_its_text() -> None:
    named, named_otherwise = encode_document("lawn", "fox_report-2024.pdf"), encode_document("lawn", "ox.pdf")
    assert dot(encode_query("fox"), encode_document("fox lawn")) > dot(encode_query("fox"), named) > 0
    assert dot(encode_query("2024 report"), named) > 0
    assert dot(encode_query("fox pdf"), named_otherwise) == 0


def test_the_forms_of_a_word_are_found_by_the_rules_of_its_language() -> None:
    question, chunk = (
        "¿Cuáles son las canciones de la ciudad?",
        "La canción de los niños es antigua y fue escrita en 1920.",
    )
    assert dot(encode_query(question), encode_document(chunk)) > 0
    assert dot(encode_query("Kulelerden hangisi daha eski?"), encode_document("Bu kule çok eski ve en büyük.")) > dot(
        encode_query("eski"), encode_document("Bu kule çok eski ve en büyük.")
    )


def test_what_says_little_in_its_language_is_not_searched_for() -> None:
    chunk = encode_document("der die das und ist von")
    assert dot(encode_query("Wer ist das und was ist die Stadt?"), chunk) == 0
    assert dot(encode_query("Die hard and die young"), encode_document("to die hard")) > 0


def test_a_word_counts_once_whatever_the_language_of_the_question() -> None:
    spanish, chunk = (
        encode_query("¿Qué es la torre?"),
        encode_document("La torre es alta y fue construida en la ciudad."),
    )
    assert dot(spanish, chunk) == pytest.approx(dot(encode_query("torre"), chunk), rel=0.01)
