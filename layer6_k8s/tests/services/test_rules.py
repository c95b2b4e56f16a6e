"""The fitted rules of the embedding models."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from api.services.rag.answerability.features import by_meaning, by_words
from api.services.rag.answerability.rules import DEFAULT, FITTED, FOLDER, Rule, Rules, read_rules, rules_of
from api.services.rag.quoting.quoter import Quote
from api.services.retrieval.search import Hit
from tests.services.passages import hit

BRIDGE = hit("The bridge of Svindersund was opened in 1946.")
QUOTE = Quote(BRIDGE, BRIDGE.start, BRIDGE.end, BRIDGE.text, 1.0, 0.7)

IN_OTHER_LANGUAGES = (
    "Die Brücke wurde im Jahr 1946 eröffnet.",
    "El puente de la ciudad se abrió en 1946.",
    "Podul a fost deschis în anul 1946 și este din piatră.",
    "Cây cầu được mở vào năm 1946 và được làm bằng đá.",
    "Köprü 1946 yılında açıldı ve bu taştan bir köprü.",
    "Мост открыли в 1946 году.",
    "Η γέφυρα άνοιξε το 1946.",
    "पुल 1946 में खोला गया था।",
    "افتتح الجسر عام 1946.",
    "สะพานเปิดในปี 1946",
    "这座桥于1946年开放。",
)


def computed() -> set[str]:
    """The names of all features; those that are languages come with quotes in these."""
    asked = "When was the bridge opened?"
    found = [BRIDGE, *map(hit, IN_OTHER_LANGUAGES)]
    judged = [by_meaning(asked, [one], [replace(QUOTE, hit=one)]) for one in found]
    return {name for features in (*judged, by_words(asked, [BRIDGE], names=True)) for name in features}


def test_a_model_has_the_rules_of_its_file_with_or_without_its_organisation() -> None:
    assert rules_of("sentence-transformers/all-MiniLM-L6-v2") is rules_of("all-minilm-l6-v2") is FITTED[DEFAULT]


def test_a_model_without_a_file_has_the_default_rules() -> None:
    assert rules_of("someone/another-model") is FITTED[DEFAULT]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_every_weight_is_of_a_feature_that_is_computed(file: Path) -> None:
    assert {name for rule in read_rules(file).rules.values() for name in rule.weights} <= computed()


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


def test_a_name_in_another_document_and_a_year_do_not_stand_for_what_is_asked_about() -> None:
    asked = "What were the payables of Ostrana in 2023?"
    row = hit("Payables of 2023 | 79,600", filename="velding.txt")
    quote = replace(QUOTE, hit=row, text=row.text)
    mention = "Our partners are Ostrana and others."

    def absent(*others: Hit) -> float:
        return by_meaning(asked, [row, *others], [quote])["names_absent"]

    assert absent()
    assert absent(hit(mention, filename="partners.txt"))
    assert not absent(hit("Ostrana Ltd reports:", filename="velding.txt"))
    assert not by_meaning("What were the payables in 2023?", [row], [quote])["names_absent"]
