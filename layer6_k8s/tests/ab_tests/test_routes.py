"""A/B tests over HTTP: begin, look, stop."""

from typing import Any

import pytest

from tests.ab_tests.conftest import PROMPT, Lab

ARMS = [{"name": "champion"}, {"name": "other", "overrides": {"top_k": 3}}]
NEW = {"name": "fewer", "arms": ARMS, "horizon": 500}


async def test_what_is_needed_is_said_first(lab: Lab) -> None:
    test = await lab.begin({"system_prompt": PROMPT}, horizon=500)
    assert test["needed"]["difference"] == 0.05
    assert test["needed"]["rate"] == 0.7
    assert test["needed"]["conversations"] > 2_000
    assert test["needed"]["notice"] == "The horizon is smaller: a difference of 0.05 may not be found."
    await lab.stop(test)
    large = await lab.begin({"top_k": 3}, smallest_difference=0.3, horizon=500)
    assert large["needed"]["notice"] is None


async def test_a_new_test_has_decided_nothing(lab: Lab) -> None:
    told = await lab.told(await lab.begin({"top_k": 3}))
    assert (told["stopped_at"], told["verdict"], told["report"]["verdict"]) == (None, None, "not decided")
    assert told["report"]["difference"] is None
    assert [arm["n"] for arm in told["report"]["arms"]] == [0, 0]
    assert [rail["name"] for rail in told["report"]["guardrails"]] == ["latency_p95_ms", "refusal_rate"]


async def test_one_test_runs_at_a_time(lab: Lab) -> None:
    first = await lab.begin({"top_k": 3})
    answer = await lab.reader.http.post(lab.url(), json=NEW)
    assert (answer.status_code, answer.json()["code"]) == (409, "ab_test_running")
    await lab.stop(first)
    second = await lab.begin({"top_k": 3})
    listed = (await lab.reader.get("/models/ab-test"))["tests"]
    assert [test["id"] for test in listed] == [second["id"], first["id"]]


async def test_a_test_can_only_be_stopped_and_that_once(lab: Lab) -> None:
    test = await lab.begin({"top_k": 3})
    stopped = await lab.stop(test, reason="the model is replaced")
    assert stopped["stopped_reason"] == "the model is replaced"
    assert stopped["verdict"] == "not decided"
    assert await lab.stop(test, reason="again") == stopped
    for body in ({"horizon": 9}, {"state": "running"}, {"state": "stopped", "horizon": 9}):
        answer = await lab.reader.http.patch(lab.url(f"/{test['id']}"), json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_the_same_key_begins_one_test(lab: Lab) -> None:
    headers = {"Idempotency-Key": "monday"}
    one, two = [await lab.reader.http.post(lab.url(), json=NEW, headers=headers) for _ in range(2)]
    assert one.status_code == two.status_code == 201
    assert one.json() == two.json()


async def test_an_unknown_test_is_a_404(lab: Lab, unknown: str) -> None:
    looked = await lab.reader.http.get(lab.url(f"/{unknown}"))
    stopped = await lab.reader.http.patch(lab.url(f"/{unknown}"), json={"state": "stopped"})
    assert looked.json()["code"] == stopped.json()["code"] == "ab_test_not_found"
    assert looked.status_code == stopped.status_code == 404


async def test_an_unknown_model_is_a_404(lab: Lab) -> None:
    arms = [{"name": "champion"}, {"name": "other", "overrides": {"model": "gpt-0"}}]
    answer = await lab.reader.http.post(lab.url(), json=NEW | {"arms": arms})
    assert (answer.status_code, answer.json()["code"]) == (404, "model_not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        {"arms": ARMS[:1]},
        {"arms": [*ARMS, {"name": "third", "overrides": {"top_k": 1}}]},
        {"arms": [ARMS[1], ARMS[1]]},
        {"arms": [ARMS[0], {"name": "same", "overrides": {}}]},
        {"arms": [ARMS[0], {"name": "other", "overrides": {"database_url": "postgresql://elsewhere/x"}}]},
        {"arms": [ARMS[0], {"name": "other", "overrides": {"top_k": 51}}]},
        {"arms": [ARMS[0], {"name": "other", "weight": 0, "overrides": {"top_k": 3}}]},
        {"guardrails": ["happiness"]},
        {"metric": "clicks"},
        {"horizon": 0},
        {"stop": "when I like it"},
    ],
)
async def test_what_no_test_can_be_is_refused(reader: Any, wrong: dict[str, Any]) -> None:
    answer = await reader.http.post(f"{reader.url}/models/ab-test", json=NEW | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
