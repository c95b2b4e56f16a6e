"""The fitted rules of the embedding models."""

import json
from pathlib import Path

import pytest

from api.services.rag.answerability.features import by_meaning, by_words
from api.services.rag.answerability.rules import DEFAULT, FITTED, FOLDER, Rule, Rules, read_rules, rules_of
from api.services.rag.quoting.quoter import Quote
from tests.services.passages import hit

BRIDGE = hit("The bridge of Svindersund was opened in 1946.")
QUOTE = Quote(BRIDGE, BRIDGE.start, BRIDGE.end, BRIDGE.text, 1.0, 0.7)


def test_a_model_has_the_rules_of_its_file_with_or_without_its_organisation() -> None:
    assert rules_of("sentence-transformers/all-MiniLM-L6-v2") is rules_of("all-minilm-l6-v2") is FITTED[DEFAULT]


def test_a_model_without_a_file_has_the_default_rules() -> None:
    assert rules_of("someone/another-model") is FITTED[DEFAULT]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_every_weight_is_of_a_feature_that_is_computed(file: Path) -> None:
    asked = "When was the bridge opened?"
    computed = {**by_meaning(asked, [BRIDGE], [QUOTE]), **by_words(asked, [BRIDGE], names=True)}
    assert {name for rule in read_rules(file).rules.values() for name in rule.weights} <= computed.keys()


def test_a_rule_that_a_file_lacks_is_the_default_one(tmp_path: Path) -> None:
    (tmp_path / f"{DEFAULT}.json").write_text((FOLDER / f"{DEFAULT}.json").read_text("utf-8"), encoding="utf-8")
    other = {"model": "other", "fitted_on": "a test", "rules": {"meaning": {"bias": 1.0, "similarity": 2.0}}}
    (tmp_path / "other.json").write_text(json.dumps(other), encoding="utf-8")
    rules = read_rules(tmp_path / "other.json").rules
    assert rules["meaning"] == Rule(1.0, {"similarity": 2.0})
    assert rules["words"] == FITTED[DEFAULT].rules["words"]


def test_without_a_rule_of_its_own_a_foreign_question_is_judged_by_meaning() -> None:
    meaning, foreign = Rule(1.0, {}), Rule(2.0, {})
    assert Rules("a model", {"meaning": meaning}).rule("foreign") is meaning
    assert Rules("a model", {"meaning": meaning, "foreign": foreign}).rule("foreign") is foreign


def test_a_rule_ignores_a_feature_without_a_weight_and_counts_a_missing_one_as_0() -> None:
    rule = Rule(0.0, {"similarity": 2.0, "coverage": 5.0})
    assert rule.probability({"similarity": 0.0, "unknown": 9.0}) == 0.5
    assert rule.probability({"similarity": 1.0}) > 0.8
