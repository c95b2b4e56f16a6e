"""How far the embedding model reads a language."""

import pytest

from api.services.retrieval.fusion import SPARSE_WEIGHT, cosine_spread, sparse_weight, weighing
from api.services.retrieval.reading import reads, reads_with

MINILM, OTHER = reads("sentence-transformers/all-MiniLM-L6-v2"), reads("intfloat/multilingual-e5-small")


@pytest.mark.parametrize("question", ["When was the tower opened?", "Paris?", ""])
def test_minilm_reads_english_and_what_may_be_english(question: str) -> None:
    assert (MINILM(question).words, MINILM(question).trusted) == (1.0, True)


def test_words_count_more_where_minilm_reads_little_and_alone_where_it_reads_nothing() -> None:
    spanish, russian = MINILM("¿Cuándo se abrió la torre de la ciudad?"), MINILM("Когда открыли башню?")
    assert 1 < spanish.words < russian.words
    assert not spanish.trusted
    assert not russian.trusted


def test_other_models_are_taken_to_read_every_language() -> None:
    assert OTHER("Когда открыли башню?").trusted


def test_a_switch_to_another_model_changes_how_questions_are_read() -> None:
    in_use = ["all-MiniLM-L6-v2"]
    read = reads_with(lambda: in_use[-1])
    assert not read("Когда открыли башню?").trusted
    in_use.append("multilingual-e5-small")
    assert read("Когда открыли башню?").trusted


def test_the_weight_of_words_holds_for_one_search() -> None:
    with weighing(3.0):
        assert sparse_weight.get() == 3 * SPARSE_WEIGHT
    assert sparse_weight.get() == SPARSE_WEIGHT


def test_words_weigh_less_and_fewer_calls_are_close_where_the_cosines_of_the_model_lie_close_together() -> None:
    reading = OTHER("When was the tower opened?")
    with weighing(reading.words, reading.spread):
        assert sparse_weight.get() == reading.spread * SPARSE_WEIGHT < SPARSE_WEIGHT
        assert cosine_spread.get() == reading.spread < 1
    assert cosine_spread.get() == MINILM("When?").spread == 1
