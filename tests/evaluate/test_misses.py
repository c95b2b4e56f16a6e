"""Refusals in four languages: the data are sound, and layer 2 does not fall below their bounds."""

import json

import pytest

from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.evaluate.misses import BOUNDS, FOLDER, LANGUAGES, MissSet, miss_metrics, miss_sets
from mystack.fresh import fresh_server
from mystack.project import find_layer
from tests.evaluate.small_layer import SmallLayer


def test_layer_2_refuses_and_answers_at_least_as_much_as_the_bounds_say() -> None:
    with fresh_server(find_layer(2)) as server, connected(server.url, None) as client:
        metrics = miss_metrics(Library(client, shared=False), lambda: None)
    assert {metric.name: metric.measured[0] for metric in metrics if not metric.passed} == {}
    assert len(metrics) == len(json.loads(BOUNDS.read_text(encoding="utf-8")))


def test_a_layer_that_refuses_nothing_misses_the_bounds(layer: SmallLayer) -> None:
    with connected(layer.url, None) as client:
        metrics = miss_metrics(Library(client, shared=False), lambda: None)
    assert "English: near misses refused" in {metric.name for metric in metrics if not metric.passed}
    assert layer.documents == {}


@pytest.mark.parametrize("given", miss_sets(), ids=lambda given: given.language)
def test_every_answer_is_in_its_document_and_no_question_stands_twice(given: MissSet) -> None:
    texts = {document.name: document.data.decode() for document in given.documents}
    for question in given.questions:
        assert question.document
        assert question.phrases[0] in texts[question.document]
    asked = [*(question.text for question in given.questions), *given.misses["near"], *given.misses["name"]]
    assert len(set(asked)) == len(asked)


def test_every_language_has_a_file_with_near_misses() -> None:
    assert {path.stem for path in FOLDER.glob("??.json")} == LANGUAGES.keys()
    assert all(len(given.misses["near"]) >= 16 for given in miss_sets())
