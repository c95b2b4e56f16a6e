"""`mystack eval` records its runs in a running layer; they are compared and promoted by commands."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from typer.testing import Result

from mystack.evaluate.per_question import data_of
from mystack.evaluate.questions import read_squad
from tests.cli.processes import served
from tests.evaluate.small_layer import SmallLayer

Invoke = Callable[..., Result]

FACTS = {
    "Norway": ("Which glaciers cover Norway?", "Large Norway glaciers are Jostedal and Svartis.", "Jostedal"),
    "Kenya": ("Which wildlife roams across Kenya?", "Kenya wildlife that roams: zebras.", "zebras"),
    "Chile": ("Which deserts stretch through Chile?", "Chile deserts stretch: Atacama.", "Atacama"),
    "Japan": ("Which blossoms bloom around Japan?", "Japan blossoms bloom: cherry.", "cherry"),
}


@pytest.fixture
def squad(tmp_path: Path) -> Path:
    articles = [
        {
            "title": title,
            "paragraphs": [{"context": context, "qas": [{"question": question, "answers": [{"text": answer}]}]}],
        }
        for title, (question, context, answer) in FACTS.items()
    ]
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"data": articles}))
    return path


def run_id(result: Result) -> str:
    found = re.search(r"Recorded at .* as run ([0-9a-f-]{36}) of eval", result.stdout)
    assert found, result.output
    return found[1]


def test_a_run_is_recorded_compared_and_promoted(recorder: str, invoke: Invoke, squad: Path) -> None:
    first = run_id(invoke("eval", "--squad", squad, "--url", recorder))
    run = httpx2.get(f"{recorder}/experiments/runs/{first}", trust_env=False).json()
    assert (run["experiment"], run["questions"], run["model"]) == ("eval", 4, "extractive/extractive")
    assert run["data"]["name"] == "facts.json"
    assert run["settings"]["top_k"] == 5
    assert run["settings"]["machine_cores"] >= 1
    assert {"R@5, hybrid", "Markers have a source"} <= {metric["name"] for metric in run["metrics"]}
    assert "embedding_space version 1 is the champion" in invoke("promote", first[:13], "--url", recorder).stdout

    second = run_id(invoke("eval", "--squad", squad, "--url", recorder))
    told = invoke("eval", "compare", "champion", second, "--url", recorder)
    assert told.exit_code == 0, told.output
    assert "R@5, hybrid: all 4 equal" in told.stdout
    assert invoke("promote", second, "--url", recorder).exit_code == 0


def test_a_worse_run_is_not_promoted_and_the_questions_that_got_worse_are_named(
    recorder: str, invoke: Invoke, squad: Path
) -> None:
    first = run_id(invoke("eval", "--squad", squad, "--url", recorder))
    invoke("promote", first, "--url", recorder)
    run = httpx2.get(f"{recorder}/experiments/runs/{first}", trust_env=False).json()
    worse = {name: run[name] for name in ("version", "settings", "embedding_space", "prompt", "model", "data")}
    worse["metrics"] = [metric | {"value": metric["value"] / 2} for metric in run["metrics"]]
    worse["results"] = [{"question": question, "scores": {"R@5, hybrid": 0}} for question, _, _ in FACTS.values()]
    answer = httpx2.post(f"{recorder}/experiments/eval/runs", json=worse, trust_env=False)
    refused = invoke("promote", answer.json()["id"], "--url", recorder)
    assert refused.exit_code == 1
    assert "gates failed" in refused.stderr
    assert "  R@5, hybrid is 0.5, the champion's 1 (allowed drop 0.01)" in refused.stderr.splitlines()
    told = invoke("eval", "compare", first, answer.json()["id"], "--url", recorder)
    assert "R@5, hybrid: 0 better, 4 worse, 0 equal" in told.stdout
    assert "may be chance" in told.stdout
    assert "  - Which glaciers cover Norway? (1 → 0)" in told.stdout


def test_a_run_of_an_older_layer_is_recorded_elsewhere(recorder: str, invoke: Invoke, squad: Path) -> None:
    small = SmallLayer()
    with served(small.app()) as small.url:
        result = invoke("eval", "--squad", squad, "--url", small.url, "--record-at", recorder)
        run = httpx2.get(f"{recorder}/experiments/runs/{run_id(result)}", trust_env=False).json()
        assert (run["version"], run["embedding_space"]) == ("unknown", None)
        refused = invoke("promote", run["id"], "--url", recorder)
        assert refused.exit_code == 2
        assert "not_promotable" in refused.stderr


def test_where_a_run_was_not_recorded_is_said_and_the_measurement_counts(invoke: Invoke, squad: Path) -> None:
    small = SmallLayer()
    with served(small.app()) as small.url:
        here = invoke("eval", "--squad", squad, "--url", small.url)
        assert here.exit_code == 0
        assert f"Not recorded: the layer at {small.url} keeps no runs; layer 5 does." in here.stdout
        away = invoke("eval", "--squad", squad, "--url", small.url, "--record-at", "http://127.0.0.1:9")
        assert away.exit_code == 0
        assert "Not recorded: no server answers at http://127.0.0.1:9" in away.stdout
        silent = invoke("eval", "--squad", squad, "--url", small.url, "--no-record")
        assert "ecorded" not in silent.stdout


def test_an_unknown_run_is_one_sentence(recorder: str, invoke: Invoke) -> None:
    result = invoke("eval", "compare", "ffffffff", "champion", "--url", recorder)
    assert result.exit_code == 2
    assert "no runs begin with ffffffff" in result.stderr


def test_the_questions_of_other_data_have_another_hash(squad: Path) -> None:
    whole = read_squad(squad)
    part = type(whole)(whole.documents, whole.questions[:-1])
    assert data_of("x", whole) == data_of("x", read_squad(squad)) != data_of("x", part)
