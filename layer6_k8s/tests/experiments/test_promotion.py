"""The champion is moved by a run that passes the gates, and defended against others."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from api.services.experiments.gates import read_gates
from tests.experiments.conftest import measures, promoted, recorded
from tests.library import Reader


async def test_the_first_run_becomes_the_champion_and_a_better_one_the_next(service: Reader) -> None:
    assert await service.get("/experiments/registry") == {"versions": []}
    first = await recorded(service, metrics=measures(0.9))
    response = await promoted(service, first)
    assert response.status_code == 200, response.text
    space, prompt = response.json()["versions"]
    assert (space["kind"], space["version"], space["content"]) == ("embedding_space", 1, "small@1/fp32/384")
    assert (prompt["kind"], prompt["version"], prompt["content"]) == ("prompt", 1, "Answer briefly.")
    better = await recorded(service, metrics=measures(0.95), prompt="Answer in one sentence.")
    await promoted(service, better)
    versions = (await service.get("/experiments/registry"))["versions"]
    assert [(one["kind"], one["version"], one["run_id"]) for one in versions] == [
        ("embedding_space", 1, better["id"]),
        ("prompt", 2, better["id"]),
    ]


async def test_a_worse_run_is_refused_with_every_gate_that_failed(service: Reader) -> None:
    champion = await recorded(service, metrics=measures(0.9))
    await promoted(service, champion)
    metrics = measures(0.85, **{"Markers have a source": 0.99})
    response = await promoted(service, await recorded(service, metrics=metrics))
    assert (response.status_code, response.json()["code"]) == (409, "gates_failed")
    assert "2 of the gates failed" in response.json()["detail"]
    assert "R@5, hybrid is 0.85, the champion's 0.9 (allowed drop 0.01)" in response.json()["detail"]
    assert "Markers have a source is 0.99" in response.json()["detail"]
    versions = (await service.get("/experiments/registry"))["versions"]
    assert {one["run_id"] for one in versions} == {champion["id"]}


async def test_a_drop_within_the_limit_passes(service: Reader) -> None:
    await promoted(service, await recorded(service, metrics=measures(0.9)))
    response = await promoted(service, await recorded(service, metrics=measures(0.89)))
    assert response.status_code == 200, response.text


async def test_a_metric_that_was_not_measured_fails_its_gate(service: Reader) -> None:
    await promoted(service, await recorded(service, metrics=measures(0.9)))
    response = await promoted(service, await recorded(service, metrics=measures(0.9)[:1]))
    assert "Markers have a source was not measured" in response.json()["detail"]


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ({"data": {"name": "other", "sha256": "b" * 64}}, "gates_failed", "other data (golden aaaaaaaaaaaa,"),
        ({"metrics": [{"name": "seconds", "value": 1}]}, "gates_failed", "no metric of the gates"),
        ({"prompt": None}, "not_promotable", "does not say which"),
    ],
)
async def test_a_run_that_cannot_be_compared_is_refused(
    service: Reader, more: dict[str, Any], code: str, words: str
) -> None:
    await promoted(service, await recorded(service))
    response = await promoted(service, await recorded(service, **more))
    assert (response.status_code, response.json()["code"]) == (409, code)
    assert words in response.json()["detail"]


async def test_of_two_promotions_at_once_both_cannot_be_judged_against_the_same_champion(service: Reader) -> None:
    await promoted(service, await recorded(service))
    runs = [await recorded(service, prompt=f"Prompt {number}.") for number in range(4)]
    answers = await asyncio.gather(*(promoted(service, run) for run in runs))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert {answer.json().get("code") for answer in answers} <= {None, "champion_moved"}
    versions = (await service.get("/experiments/registry"))["versions"]
    assert len({one["run_id"] for one in versions}) == 1


@pytest.mark.parametrize(
    "text",
    ["", "[[gate]]\nmetric = 'x'\n", "[[gate]]\nmetric = 'x'\ndirection = 'up'\nallowed_drop = 0\n", "gate = ["],
)
def test_a_malformed_file_of_gates_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gates.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"gate|Invalid|Expected|Unclosed|value"):
        read_gates(path)
