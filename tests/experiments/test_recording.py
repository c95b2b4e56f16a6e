"""Every measurement is recorded with its data, its setup and all scores, and none is lost because it cannot be."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from typer.testing import Result

from mystack import champion
from mystack.bench import layer1, layer5
from mystack.evaluate import app as evaluation
from mystack.evaluate import questions
from mystack.evaluate.pairs import Pair
from mystack.evaluate.per_question import results_of_pairs
from mystack.metrics import Metric
from mystack.recording import MOST_RESULTS
from tests.cli.processes import served
from tests.evaluate.small_layer import SmallLayer

Invoke = Callable[..., Result]

PASSAGE = "The Skarv lighthouse is made of granite. Its lamp was lit in 1871."
PAIRS = [
    Pair("statement", "The lighthouse is made of granite.", PASSAGE, "Lighthouse"),
    Pair("statement", "The lamp was lit in 1871.", PASSAGE, "Lighthouse"),
    Pair("number", "The lamp was lit in 1971.", PASSAGE, "Lighthouse"),
]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A golden set of two questions, and few sentences: what is recorded is the same."""
    whole = questions.read_golden()
    about = [one for one in whole.questions if one.document == whole.documents[0].name][:1]
    none = [one for one in whole.questions if one.document is None][:1]
    part = questions.QuestionSet(whole.documents[:1], (*about, *none))
    monkeypatch.setattr(evaluation, "read_golden", lambda: part)
    monkeypatch.setattr(evaluation, "own_pairs", lambda: PAIRS * 5)


def runs(recorder: str, experiment: str) -> list[dict[str, Any]]:
    answer = httpx2.get(f"{recorder}/experiments/{experiment}/runs", trust_env=False)
    return list(answer.json()["runs"]) if answer.is_success else []


def scores(recorder: str, run: dict[str, Any]) -> list[dict[str, Any]]:
    answer = httpx2.get(f"{recorder}/experiments/runs/{run['id']}/results", trust_env=False)
    return list(answer.json()["results"])


@pytest.mark.timeout(300)
def test_the_golden_set_and_its_sentences_are_runs_with_all_scores(recorder: str, invoke: Invoke, few: None) -> None:
    result = invoke("eval", "--layer", "5", "--record-at", recorder)
    assert result.exit_code in (0, 1), result.output
    (run, *_), (claims, *_) = runs(recorder, "eval"), runs(recorder, "claims")
    assert (run["data"]["name"], claims["data"]["name"]) == ("the golden set", "sentences of the golden set")
    assert run["data"]["sha256"] != claims["data"]["sha256"]
    for one in (run, claims):
        assert one["embedding_space"].startswith("all-MiniLM-L6-v2@")
        assert (one["model"], one["settings"]["llm_provider"]) == ("extractive/extractive", "extractive")
        assert len(one["commit"]) >= 12
    assert (run["questions"], claims["questions"]) == (2, 3)
    assert [set(each["scores"]) >= {"Answered"} for each in scores(recorder, run)] == [True, False]
    assert {"Sentences kept: statement (10)", "Check of an answer of ten sentences"} <= {
        metric["name"] for metric in claims["metrics"]
    }
    assert [each["question"] for each in scores(recorder, claims)] == [pair.sentence for pair in PAIRS]
    assert scores(recorder, claims)[2]["scores"] == {"Sentence caught: number": 1}


def test_questions_of_a_file_have_its_name(recorder: str, invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.with_suffix("").mkdir()
    (path.with_suffix("") / "dome.txt").write_text("The dome is closed from 1 to 14 March.")
    question = {"question": "When is the dome closed?", "guide": "dome.txt", "phrase": "from 1 to 14 March"}
    path.write_text(json.dumps({"guides": ["dome.txt"], "questions": [question]}))
    small = SmallLayer()
    with served(small.app()) as small.url:
        invoke("eval", "--golden", path, "--url", small.url, "--record-at", recorder)
    assert runs(recorder, "eval")[0]["data"]["name"] == "mine.json"


def test_passages_stand_for_their_sentences_where_there_are_too_many() -> None:
    many = PAIRS * (MOST_RESULTS // len(PAIRS) + 1)
    [whole] = results_of_pairs(many, [True, False, True] * (len(many) // len(PAIRS)))
    assert whole == {
        "question": f"Lighthouse: {PASSAGE}",
        "scores": {"Sentence kept: statement": 0.5, "Sentence caught: number": 1},
    }


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("number", "module"), [(1, layer1), (5, layer5)])
def test_a_benchmark_is_a_run_of_its_layer(
    recorder: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, number: int, module: Any
) -> None:
    monkeypatch.setattr(module, "measure", lambda *given: [Metric("answers", [3.0], unit="/s")])
    result = invoke("bench", number, "--record-at", recorder)
    assert result.exit_code == 0, result.output
    [run] = runs(recorder, f"bench-layer{number}")
    assert run["metrics"] == [{"name": "answers", "value": 3.0, "unit": "/s", "passed": None}]
    assert (run["data"]["name"], run["version"]) == ("mystack/bench", f"{number}.0.0")
    assert run["settings"]["llm_provider"] == "extractive"
    assert run["settings"]["machine_cores"] >= 1
    assert (run["embedding_space"] or "").startswith("all-MiniLM-L6-v2@" if number == 5 else "")


@pytest.fixture
def odd() -> Iterator[tuple[str, dict[str, Response]]]:
    """A server that is not MyStack, or not well, and its answer."""
    app, answers = FastAPI(), dict[str, Response]()

    @app.post("/experiments/{name}/runs")
    def record(name: str) -> Response:
        return answers["next"]

    with served(app) as url:
        yield url, answers


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Response("<html>Welcome</html>", 200), "Not recorded: the server at {url} is not MyStack; --record-at names"),
        (JSONResponse({"code": "unauthorized"}, 401), "Not recorded: the server at {url} requires its API key: give"),
        (
            JSONResponse({"code": "store_unavailable", "detail": "PostgreSQL is away."}, 503),
            "Not recorded: store_unavailable: PostgreSQL is away.\n",
        ),
    ],
)
def test_a_measurement_that_is_not_recorded_is_shown_all_the_same(
    odd: tuple[str, dict[str, Response]], invoke: Invoke, monkeypatch: pytest.MonkeyPatch, answer: Response, said: str
) -> None:
    url, answers = odd
    answers["next"] = answer
    monkeypatch.setattr(layer1, "measure", lambda *given: [Metric("answers", [3.0], unit="/s")])
    result = invoke("bench", "1", "--record-at", url)
    assert result.exit_code == 0, result.output
    assert "3.000 /s" in result.stdout
    assert said.format(url=url) in result.stdout


def test_an_invalid_address_is_refused_before_anything_is_measured(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer1, "measure", lambda *given: pytest.fail("it was measured"))
    for command in ("bench", "1"), ("eval", "--layer", "5"):
        result = invoke(*command, "--record-at", "nowhere")
        assert result.exit_code == 2
        assert "nowhere is not a URL" in result.stderr


@pytest.mark.parametrize(("status", "promoted"), [(0, True), (1, True), (2, False)])
def test_a_missed_target_does_not_keep_a_release_from_being_promoted(
    monkeypatch: pytest.MonkeyPatch, status: int, promoted: bool
) -> None:
    commands = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command[3:])
        out = "Recorded at http://x as run 4711 of eval.\nRecorded at http://x as run 4712 of claims.\n"
        return subprocess.CompletedProcess(command, status if "eval" in command else 0, out)

    monkeypatch.setattr(champion.subprocess, "run", run)
    monkeypatch.delenv("MYSTACK_URL", raising=False)
    assert champion.main() == (0 if promoted else status)
    assert (commands[1:] == [["promote", "4711", "--url", "http://127.0.0.1:8000"]]) == promoted
