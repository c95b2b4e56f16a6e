"""The generated chunks of the scale study are reproducible, and each question has its chunk."""

import numpy as np
import pytest

from benchmarks.scale.corpus import CHUNKS, TOPICS, Corpus, nearest, topic_texts, unit

WORDS = [f"word{a}{b}" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmnopqrst"]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus(WORDS, unit(np.random.default_rng(5).standard_normal((TOPICS, 32))).astype(np.float32))


def test_chunks_are_reproducible_and_distinct(corpus: Corpus) -> None:
    again = Corpus(corpus.words, corpus.topics)
    texts = [text for number in range(5) for text in corpus.texts(corpus.ranks(number))]
    assert texts == [text for number in range(5) for text in again.texts(again.ranks(number))]
    assert len(set(texts)) == 5 * CHUNKS
    assert np.array_equal(corpus.vectors(3), again.vectors(3))
    assert np.linalg.norm(corpus.vectors(3), axis=1) == pytest.approx(1)
    assert len(set(topic_texts(WORDS))) == TOPICS


def test_a_question_consists_of_words_of_one_document(corpus: Corpus) -> None:
    texts = [" ".join(corpus.texts(corpus.ranks(number))).lower() for number in range(10)]
    for number in range(20):
        words = {word.strip("?") for word in corpus.question(number, 10).split()} & set(WORDS)
        assert len(words) == 7
        assert any(all(word in text for word in words) for text in texts)


def test_a_filter_keeps_the_share_in_its_name(corpus: Corpus) -> None:
    values = [corpus.metadata(number)["tenth"] for number in range(2000)]
    assert {values.count(tenth) / 2000 for tenth in range(10)} <= {round(n / 2000, 5) for n in range(140, 261)}


def test_the_nearest_vectors_are_those_of_a_full_sort() -> None:
    random = np.random.default_rng(1)
    vectors, questions = random.standard_normal((50, 4)), random.standard_normal((3, 4))
    some = np.arange(50) % 2 == 0
    for among in (None, some):
        found = nearest(questions.astype(np.float32), vectors.astype(np.float32), 5, among)
        for question, numbers in zip(questions, found, strict=True):
            cosines = vectors @ question
            allowed = [n for n in np.argsort(-cosines).tolist() if among is None or among[n]]
            assert numbers == set(allowed[:5])
