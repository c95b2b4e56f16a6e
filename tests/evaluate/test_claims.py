"""Sentences with known support: how they are made, and what the newest layer says of them."""

import random

import pytest

from mystack.evaluate.claims import checker, claim_metrics, own_pairs, right
from mystack.evaluate.pairs import SUPPORTED, Pair, negated, other_date, other_name, other_number, pairs, statement
from mystack.project import find_layer

ARTICLES = [
    {
        "title": title,
        "paragraphs": [
            {
                "context": f"The {thing} was built by Karin Holm in 1946. It is 420 metres long and has two lanes.",
                "qas": [{"question": f"When was the {thing} built?", "answers": [{"text": "1946"}]}],
            },
            {
                "context": f"Repairs of the {thing} cost nine million crowns. The work was led by Sixten Rask.",
                "qas": [{"question": "Who led the work?", "answers": [{"text": "Sixten Rask"}]}],
            },
        ],
    }
    for title, thing in (("Bridge", "bridge of Svindersund"), ("Tunnel", "tunnel of Vånga"))
]


@pytest.mark.parametrize(
    ("question", "answer", "sentence"),
    [
        ("When was the bridge built?", "1946", "The bridge was built in 1946."),
        ("When did the bridge open?", "in May 1946", "The bridge open in May 1946."),
        ("Who is the architect?", "Karin Holm", "The architect is Karin Holm."),
        ("What is the bridge called?", "Svindersund", "The bridge called Svindersund."),
        ("Who drew the bridge?", "Karin Holm", "Karin Holm drew the bridge."),
        ("How many lanes does it have?", "two", "It have two lanes."),
        ("Why?", "because", None),
    ],
)
def test_a_question_and_its_answer_become_a_sentence(question: str, answer: str, sentence: str | None) -> None:
    assert statement(question, answer) == sentence


def test_another_detail_makes_another_sentence() -> None:
    rng, sentence = random.Random(3), "The bridge was opened by Karin Holm on 3 May 1946."
    for changed in (other_number(sentence, rng), other_date(sentence, rng), other_name(sentence, ["Sixten Rask"], rng)):
        assert changed is not None
        assert changed != sentence
    assert negated("The bridge was long.") == "The bridge was not long."
    assert negated("The bridge was not long.") is None


def test_the_pairs_of_an_article_are_of_every_kind_and_always_the_same() -> None:
    found = list(pairs(ARTICLES))
    assert found == list(pairs(ARTICLES))
    assert {*SUPPORTED, "number", "date", "name", "negation", "foreign"} <= {pair.kind for pair in found}
    assert all((pair.sentence in pair.passage) == (pair.kind == "verbatim") for pair in found)


def test_the_newest_layer_tells_the_hand_written_sentences_apart() -> None:
    found = own_pairs()
    with checker(find_layer(None)) as check:
        results = right(found, check, lambda: None)
    metrics = claim_metrics(found, results, halves=False)
    assert [metric.name for metric in metrics if metric.passed is False] == []
    assert len(found) > 90


def test_a_metric_fails_if_supported_sentences_are_not_kept() -> None:
    found = [Pair("verbatim", "The bridge is long.", "The bridge is long.", "Bridge")] * 10
    [kept, _] = claim_metrics(found, [True] * 9 + [False], halves=False)
    assert (kept.measured, kept.passed) == ([0.9], False)
