"""`mystack fit`: rules from questions with known answers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mystack.cli import app as mystack
from mystack.fitting.logistic import fit
from mystack.fitting.rules import fitted, share, written
from mystack.fitting.samples import Label, Sample, read_articles
from mystack.project import Refusal

LABELS: tuple[Label, ...] = ("answerable", "near", "far")
CITIES = {"Oslo": ("Akershus", 1299), "Riga": ("Dome", 1211), "Turku": ("Mill", 1280)}


def sample(label: Label, article: int, **features: float) -> Sample:
    return Sample(label, "dev.json", article, "meaning", features)


def overlapping() -> list[Sample]:
    """A hundred answerable questions whose cosines lie above those of the others, with some overlap."""
    labels: tuple[tuple[Label, float], ...] = (("answerable", 0.5), ("near", 0.35), ("far", 0.1))
    return [sample(label, at % 4, cosine=low + at / 400) for label, low in labels for at in range(100)]


def squad(path: Path) -> Path:
    """Three articles of two paragraphs, about the castle and the harbour of a city."""
    data: list[dict[str, Any]] = [
        {
            "title": city,
            "paragraphs": [
                paragraph(
                    f"The {name} castle of {city} was built in {year} by a king.",
                    f"When was the {name} castle of {city} built?",
                    str(year),
                ),
                paragraph(
                    f"The harbour of {city} has {len(city)} piers for ferries.",
                    f"How many piers does the harbour of {city} have?",
                    str(len(city)),
                ),
            ],
        }
        for city, (name, year) in CITIES.items()
    ]
    impossible = {"question": "Who paid for the Dome castle of Riga?", "answers": [], "is_impossible": True}
    data[0]["paragraphs"][0]["qas"].append(impossible)
    path.write_text(json.dumps({"data": data}), encoding="utf-8")
    return path


def paragraph(context: str, question: str, answer: str) -> dict[str, Any]:
    return {"context": context, "qas": [{"question": question, "answers": [{"text": answer}]}]}


def test_a_feature_that_tells_gets_a_weight_and_one_that_never_varies_gets_none() -> None:
    rows = [{"tells": float(at), "constant": 3.0} for at in range(10)]
    rule = fit(rows, [at > 4 for at in range(10)], [1.0] * 10)
    weights = dict(zip(rule.names, rule.weights, strict=True))
    assert weights["tells"] > 0
    assert weights["constant"] == 0
    assert [odds > 0 for odds in rule.log_odds(rows)] == [at > 4 for at in range(10)]


def test_important_rows_move_the_boundary() -> None:
    rows, positive = [{"x": 0.0}, {"x": 0.0}, {"x": 1.0}], [True, False, True]
    assert fit(rows, positive, [9, 1, 1]).log_odds(rows)[0] > 0 > fit(rows, positive, [1, 9, 1]).log_odds(rows)[0]


@pytest.mark.parametrize("answered", [0.9, 0.6])
def test_the_wanted_share_of_answerable_questions_is_answered(answered: float) -> None:
    found = overlapping()
    rule = fitted(found, answered)["meaning"]
    on = {label: share(rule, [one for one in found if one.article % 2 == 0 and one.label == label]) for label in LABELS}
    assert on["answerable"] == pytest.approx(answered, abs=0.03)
    assert on["far"] == 1.0


def test_another_language_is_answered_as_often_as_its_far_misses_are_refused() -> None:
    english = overlapping()
    thai = [replace(one, features={"cosine": one.features["cosine"] + 0.5, "in_thai": 1}) for one in english]
    closer = [sample("far", at % 4, cosine=0.9 + at / 400, in_thai=1) for at in range(100)]
    rare = [sample("answerable", 0, cosine=0.7, in_el=1)]
    rule = fitted([*english, *thai, *closer, *rare], 0.9)["meaning"]
    assert set(rule.logistic.names) == {"cosine", "in_thai"}
    answered, refused = (
        share(rule, [one for one in (*thai, *closer) if one.article % 2 == 0 and one.label == label])
        for label in ("answerable", "far")
    )
    assert answered == pytest.approx(refused, abs=0.03)
    known = [one for one in english if one.article % 2 == 0 and one.label == "answerable"]
    assert share(rule, known) == pytest.approx(0.9, abs=0.03)


def test_a_rule_needs_answerable_samples_and_others() -> None:
    assert not fitted([sample("answerable", 0, x=1.0), sample("answerable", 1, x=2.0)], 0.9)


def test_the_file_keeps_the_rules_that_were_not_fitted(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"model": "m", "rules": {"words": {"bias": 1}, "meaning": {"bias": 9}}}), "utf-8")
    data = json.loads(written(file, "org/m", ["dev.json"], fitted(overlapping(), 0.9)))
    assert data["rules"]["words"] == {"bias": 1}
    assert data["rules"]["meaning"].keys() == {"bias", "cosine"}
    assert data["model"] == "org/m"


def test_a_weight_that_rounds_to_0_replaces_the_former_and_a_feature_that_never_varied_keeps_it(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"model": "m", "rules": {"meaning": {"bias": 9, "even": 7, "constant": 5}}}), "utf-8")
    labels: tuple[tuple[Label, float], ...] = (("answerable", 0.5), ("near", 0.0))
    found = [
        sample(label, 0, cosine=low + at, even=1e4 * (at % 2), constant=1.0) for label, low in labels for at in range(4)
    ]
    weights = json.loads(written(file, "m", ["dev.json"], fitted(found, 0.9)))["rules"]["meaning"]
    assert weights["even"] == 0.0
    assert weights["constant"] == 5


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    with pytest.raises(Refusal, match="not a file in SQuAD's format"):
        read_articles(tmp_path / "other.json")
    with pytest.raises(Refusal, match="cannot be read"):
        read_articles(tmp_path / "none.json")


def test_the_command_asks_a_layer_and_writes_its_rule(tmp_path: Path) -> None:
    output = tmp_path / "model.json"
    result = CliRunner(env={"COLUMNS": "200"}).invoke(
        mystack, ["fit", str(squad(tmp_path / "cities.json")), "--output", str(output)]
    )
    assert result.exit_code == 0, result.output
    assert "answerable questions answered (4, 2)" in result.output
    assert "near misses refused (5, 2)" in result.output
    rules = json.loads(output.read_text(encoding="utf-8"))["rules"]
    assert rules["meaning"]["similarity"] != 0
