"""A worse prompt is deployed as an arm, and stops itself."""

import pytest

from api.services.ab_tests.always_valid import LEAST
from tests.ab_tests.conftest import PROMPT, Lab, system_prompt


async def test_a_worse_prompt_is_stopped_by_a_guardrail_and_the_champion_stays(lab: Lab) -> None:
    test = await lab.begin({"system_prompt": PROMPT}, guardrails=["unsupported_rate", "refusal_rate"])
    told = await lab.stopped(test, champion="up", other="up")
    assert told["stopped_reason"].startswith("guardrail unsupported_rate: 0.5 in B, 0 in A (always-valid p = ")
    assert told["verdict"] == told["report"]["verdict"] == "not decided"
    broken = {rail["name"]: rail["broken"] for rail in told["report"]["guardrails"]}
    assert broken == {"unsupported_rate": True, "refusal_rate": False}
    assert not told["report"]["void"]
    assert min(arm["conversations"] for arm in told["report"]["arms"]) >= LEAST
    lab.model.bodies.clear()
    for _ in range(8):
        await lab.ask()
    assert not [body for body in lab.model.bodies if PROMPT in system_prompt(body)]


async def test_a_prompt_that_people_dislike_loses_by_their_votes(lab: Lab) -> None:
    test = await lab.begin({"system_prompt": PROMPT}, guardrails=[])
    told = await lab.stopped(test, champion="up", other="down")
    assert told["verdict"] == "A"
    assert told["stopped_reason"].startswith("decided: A is better (always-valid p = ")
    report = told["report"]
    assert report["difference"]["high"] < 0
    assert [arm["rate"] for arm in report["arms"]] == [1.0, 0.0]
    assert [arm["feedback_share"] for arm in report["arms"]] == [1.0, 1.0]
    assert report["sample_ratio_p"] > 0.001
    assert report["p"] == pytest.approx(0.0, abs=0.05)
