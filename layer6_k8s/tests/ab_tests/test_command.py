"""`mystack ab` lists, starts, shows and stops the A/B tests of a running layer."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from mystack.cli import app
from tests.ab_tests.conftest import arm_of

KEY = "a-key"


class Layer:
    """A running layer, and the command against it."""

    def __init__(self, http: httpx2.Client) -> None:
        self.http = http

    def ab(self, *arguments: object) -> Result:
        url = str(self.http.base_url)
        return CliRunner().invoke(app, ["ab", *map(str, arguments), "--url", url, "--api-key", KEY])

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.http.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())


@pytest.fixture
def layer(serve: Callable[..., str]) -> Iterator[Layer]:
    url = serve(llm_provider="extractive", api_key=KEY)
    with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False, timeout=30) as http:
        yield Layer(http)


def test_a_test_is_started_from_options_listed_and_stopped(layer: Layer) -> None:
    assert layer.ab("list").stdout == ""
    started = layer.ab("start", "--top-k", 3, "--answer-threshold", 0.4, "--share", 0.25, "--guardrail", "refusal_rate")
    assert started.exit_code == 0, started.output
    needed, notice, line = started.stdout.splitlines()
    assert needed.endswith("conversations with feedback, to find a difference of 0.05 at a rate of 0.70")
    assert notice == "The horizon is smaller: a difference of 0.05 may not be found."
    assert line[8:].startswith(" top k, answer threshold: running since 20")
    [test] = layer.http.get("/models/ab-test").json()["tests"]
    assert [(arm["name"], arm["weight"]) for arm in test["arms"]] == [("champion", 0.75), ("B", 0.25)]
    assert (test["arms"][1]["overrides"]["top_k"], test["guardrails"]) == (3, ["refusal_rate"])
    assert layer.ab("list").stdout == f"{line}\n"
    stopped = layer.ab("stop", line[:8], "--reason", "enough")
    assert stopped.stdout == f"{line[:8]} top k, answer threshold: not decided; enough\n"
    assert layer.ab("list").stdout == stopped.stdout


TOML = """
name = "threshold"
horizon = 500
smallest_difference = 0.2
guardrails = ["latency_p95_ms"]
[[arms]]
name = "usual"
[[arms]]
name = "strict"
[arms.overrides]
answer_threshold = 0.9
"""


def test_a_file_starts_a_test_and_its_report_counts_what_happened(layer: Layer, tmp_path: Path) -> None:
    path = tmp_path / "test.toml"
    path.write_text(TOML)
    started = layer.ab("start", path)
    assert started.exit_code == 0, started.output
    id = started.stdout.splitlines()[-1][:8]
    empty = layer.ab("show", id, "--smallest-difference", 0.3).stdout.splitlines()
    assert empty[1:4] == [
        "A usual: 0 conversations, 0 answers, n = 0, no feedback",
        "B strict: 0 conversations, 0 answers, n = 0, no feedback",
        "B - A: unknown until both arms have feedback",
    ]
    assert "find a difference of 0.3 at a rate of 0.70; 0 so far" in empty[-2]
    assert empty[-1] == "verdict: not decided"

    [test] = layer.http.get("/models/ab-test").json()["tests"]
    counts = {"usual": 0, "strict": 0}
    while not all(counts.values()):
        answer = layer.post("/chat", message="What is it?")
        counts[arm_of(test, answer["conversation_id"])] += 1
        layer.post("/feedback", message_id=answer["message_id"], rating="up")
    shown = layer.ab("show", id).stdout.splitlines()
    for line, (arm, n) in zip(shown[1:3], counts.items(), strict=True):
        assert f"{arm}: {n} conversations, {n} answers, n = {n}, rate 1.000, feedback on 100.0% of answers" in line
    assert shown[3] == "B - A: +0.000 (+0.000 to +0.000), always-valid p = 1"
    assert shown[5].startswith("guardrail latency_p95_ms: ")
    assert f"; {sum(counts.values())} so far" in shown[-2]


def test_errors_are_told_in_a_sentence(layer: Layer, tmp_path: Path) -> None:
    neither = layer.ab("start")
    assert (neither.exit_code, "give either a file, or an option" in neither.stderr) == (2, True)
    path = tmp_path / "test.json"
    assert "give either" in layer.ab("start", path, "--top-k", 3).stderr
    assert "cannot be read as JSON" in layer.ab("start", path).stderr
    for text, said in (("{", "cannot be read as JSON"), ("[]", "must hold an object"), ("{}", "invalid_request")):
        path.write_text(text)
        refused = layer.ab("start", path)
        assert (refused.exit_code, said in refused.stderr) == (2, True), refused.output
    arms = [{"name": "a"}, {"name": "b", "overrides": {"database_url": "x"}}]
    path.write_text(json.dumps({"name": "x", "horizon": 5, "arms": arms}))
    assert "invalid_request" in layer.ab("start", path).stderr
    unknown = layer.ab("show", "0b6d1a52")
    assert (unknown.exit_code, "no A/B tests begin with 0b6d1a52" in unknown.stderr) == (2, True)
    assert layer.ab("start", "--top-k", 2).exit_code == 0
    assert "ab_test_running" in layer.ab("start", "--top-k", 3).stderr


@pytest.mark.parametrize("weights", [(1e-17, 1000), (1, 0), (1, 1001)])
def test_weights_that_no_split_can_have_are_refused(layer: Layer, weights: tuple[float, float]) -> None:
    arms = [{"name": "a", "weight": weights[0]}, {"name": "b", "weight": weights[1], "overrides": {"top_k": 2}}]
    answer = layer.http.post("/models/ab-test", json={"name": "x", "horizon": 5, "arms": arms})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_difference_that_nobody_can_find_is_refused(layer: Layer) -> None:
    test = layer.post(
        "/models/ab-test", name="x", horizon=5, arms=[{"name": "a"}, {"name": "b", "overrides": {"top_k": 2}}]
    )
    for value in ("1e-300", "0", "nan", "2"):
        answer = layer.http.get(f"/models/ab-test/{test['id']}", params={"smallest_difference": value})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), value
