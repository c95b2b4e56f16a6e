"""The benchmark of layer 3 in small, and its ready chunks, which are the same every time."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from mystack.bench import layer3, layer3_qdrant, layer3_scale
from mystack.bench.layer3_corpus import CHUNKS, TOPICS, Corpus, nearest, topic_texts, unit
from mystack.bench.layer3_plot import growth
from mystack.metrics import Metric
from mystack.project import find_layer

SIZES = (1_000, 3_000)
WORDS = [f"word{a}{b}" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmnopqrst"]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus(WORDS, unit(np.random.default_rng(5).standard_normal((TOPICS, 32))).astype(np.float32))


def test_chunks_are_the_same_every_time_and_all_different(corpus: Corpus) -> None:
    again = Corpus(corpus.words, corpus.topics)
    texts = [text for number in range(5) for text in corpus.texts(corpus.ranks(number))]
    assert texts == [text for number in range(5) for text in again.texts(again.ranks(number))]
    assert len(set(texts)) == 5 * CHUNKS
    assert np.array_equal(corpus.vectors(3), again.vectors(3))
    assert np.linalg.norm(corpus.vectors(3), axis=1) == pytest.approx(1)
    assert len(set(topic_texts(WORDS))) == TOPICS


def test_a_question_is_of_words_that_one_document_has(corpus: Corpus) -> None:
    texts = [" ".join(corpus.texts(corpus.ranks(number))).lower() for number in range(10)]
    for number in range(20):
        words = {word.strip("?") for word in corpus.question(number, 10).split()} & set(WORDS)
        assert len(words) == 7
        assert any(all(word in text for word in words) for text in texts)


def test_a_filter_leaves_the_share_that_it_is_named_for(corpus: Corpus) -> None:
    values = [corpus.metadata(number)["tenth"] for number in range(2000)]
    assert {values.count(tenth) / 2000 for tenth in range(10)} <= {round(n / 2000, 5) for n in range(140, 261)}


def test_the_nearest_are_those_that_a_sort_finds() -> None:
    random = np.random.default_rng(1)
    vectors, questions = random.standard_normal((50, 4)), random.standard_normal((3, 4))
    some = np.arange(50) % 2 == 0
    for among in (None, some):
        found = nearest(questions.astype(np.float32), vectors.astype(np.float32), 5, among)
        for question, numbers in zip(questions, found, strict=True):
            cosines = vectors @ question
            allowed = [n for n in np.argsort(-cosines).tolist() if among is None or among[n]]
            assert numbers == set(allowed[:5])


def test_a_plot_says_what_was_measured(tmp_path: Path) -> None:
    measured = {f"hybrid search, {n:,} chunks, p95": n / 500 for n in SIZES}
    measured |= {f"HNSW index, {n:,} chunks": n / 900 for n in SIZES}
    root = ElementTree.fromstring(growth(measured, SIZES, tmp_path / "growth.svg").read_text())
    assert "6.0 at 3,000 chunks" in root.attrib["aria-label"]
    assert {"2.0", "6.0", "1.1", "3.3", "1,000", "3,000"} <= {node.text for node in root.iter() if node.text}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metric]:
    """All of it, among few chunks."""
    small = pytest.MonkeyPatch()
    small.setattr(layer3, "DOCUMENTS", 6)
    small.setattr(layer3, "SIZES", SIZES)
    for name, value in {"QUESTIONS": 20, "WARM_UP": 2, "ROUNDS": 2, "SINGLES": 3, "LOCAL_QUESTIONS": 3}.items():
        small.setattr(layer3_scale, name, value)
    said: list[str] = []
    metrics = layer3.measure(find_layer(3), tmp_path_factory.mktemp("bench"), said.append)
    small.undo()
    assert any("chunks are loaded" in what for what in said)
    return {metric.name: metric for metric in metrics}


def values(measured: dict[str, Metric], *names: str) -> list[float]:
    return [measured[name].measured[0] for name in names]


@pytest.mark.timeout(300)
def test_few_chunks_are_all_found_with_and_without_a_filter(measured: dict[str, Metric]) -> None:
    within = [f"{name}, recall@10" for name in layer3_scale.LIMITS]
    assert values(measured, "recall@10, 3,000 chunks", *within) == [1.0] * 5
    assert values(measured, *(f"{name}, fewest hits of 10" for name in layer3_scale.LIMITS)) == [10] * 4


def test_what_takes_time_took_some(measured: dict[str, Metric]) -> None:
    timed = [metric for name, metric in measured.items() if metric.unit in ("ms", "s") or name.endswith("/s")]
    assert len(timed) > 20
    assert all(metric.measured[0] > 0 for metric in timed)


def test_a_migration_there_and_back_loses_nothing(measured: dict[str, Metric]) -> None:
    assert values(measured, "migration, documents that differ") == [0]


def test_qdrants_engine_is_beside_it_where_it_is_installed(measured: dict[str, Metric]) -> None:
    assert ("Qdrant, dense search, median" in measured) == layer3_qdrant.installed()


def test_the_plot_is_drawn_of_these_metrics(
    measured: dict[str, Metric], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer3, "SIZES", SIZES)
    assert ElementTree.parse(layer3.draw(list(measured.values()), tmp_path)).getroot().tag.endswith("svg")
