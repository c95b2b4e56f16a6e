"""Questions in other words than the guides': the data are sound, and layer 2 does not fall below their bounds."""

import json
from itertools import chain

import pytest

from mystack.client import connected
from mystack.evaluate.library import Library
from mystack.evaluate.questions import GUIDES, Question
from mystack.evaluate.rephrased import BOUNDS, guides, rephrased, rephrased_metrics
from mystack.fresh import fresh_server
from mystack.project import find_layer
from tests.evaluate.small_layer import SmallLayer

QUESTIONS = list(chain.from_iterable(rephrased().values()))


def test_layer_2_answers_at_least_as_much_as_the_bounds_say() -> None:
    with fresh_server(find_layer(2)) as server, connected(server.url, None) as client:
        metrics = rephrased_metrics(Library(client, shared=False), lambda: None)
    assert {metric.name: metric.measured[0] for metric in metrics if not metric.passed} == {}
    assert len(metrics) == len(json.loads(BOUNDS.read_text(encoding="utf-8")))


def test_a_layer_that_compares_words_alone_misses_the_bounds(layer: SmallLayer) -> None:
    with connected(layer.url, None) as client:
        metrics = rephrased_metrics(Library(client, shared=False), lambda: None)
    assert "Acronyms: a quote holds the answer" in {metric.name for metric in metrics if not metric.passed}
    assert layer.documents == {}


def test_there_are_sixty_questions_and_none_stands_twice() -> None:
    assert len({question.text for question in QUESTIONS}) == len(QUESTIONS) == 60
    assert {question.document for question in QUESTIONS} == {document.name for document in guides()}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.text)
def test_every_phrase_is_in_its_guide(question: Question) -> None:
    assert question.document
    text = (GUIDES / question.document).read_text(encoding="utf-8").replace("`", "").replace("*", "")
    assert question.phrases[0] in " ".join(text.split())
