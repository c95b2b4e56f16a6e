"""A conversation is answered as its arm says, and keeps it."""

from collections import Counter

from tests.ab_tests.conftest import PROMPT, Lab, arm_of, system_prompt


async def test_conversations_are_split_and_keep_their_arm(lab: Lab) -> None:
    test = await lab.begin({"system_prompt": PROMPT})
    arms: Counter[str] = Counter()
    for _ in range(12):
        arm, answer = await lab.asked(test)
        assert arm == arm_of(test, answer["conversation_id"])
        arms[arm] += 1
        for _ in range(2):
            assert (PROMPT in system_prompt(lab.model.bodies[-1])) == (arm == "other")
            await lab.ask(conversation_id=answer["conversation_id"])
    assert len(arms) == 2


async def test_an_arm_changes_what_the_request_does_not_say(lab: Lab) -> None:
    test = await lab.begin({"system_prompt": PROMPT})
    conversation = await lab.new_conversation(test, "other")
    assert PROMPT in system_prompt(lab.model.bodies[-1])
    assert await lab.ask(conversation_id=conversation)
    own = [{"role": "system", "content": "Be brief."}]
    while True:
        arm, _ = await lab.asked(test, history=own)
        assert "Be brief." in system_prompt(lab.model.bodies[-1])
        assert PROMPT not in system_prompt(lab.model.bodies[-1])
        if arm == "other":
            return


async def test_turns_that_are_not_stored_have_no_arm(lab: Lab) -> None:
    await lab.begin({"system_prompt": PROMPT})
    for _ in range(8):
        await lab.ask(store=False)
    assert not [body for body in lab.model.bodies if PROMPT in system_prompt(body)]


async def test_a_threshold_and_a_weight_are_changed_for_the_turn_alone(lab: Lab) -> None:
    lab.model.fails()  # quotes answer
    test = await lab.begin({"answer_threshold": 1.0, "sparse_weight": 0.0})
    scores: dict[str, set[float]] = {"champion": set(), "other": set()}
    for _ in range(12):
        arm, answer = await lab.asked(test, model="extractive")
        assert answer["refusal"] == ("nothing_relevant" if arm == "other" else None)
        scores[str(arm)] |= {source["score"] for source in answer["sources"]}
        unstored = await lab.ask(model="extractive", store=False)
        assert unstored["refusal"] is None
    assert scores["champion"]
    assert not scores["other"]


async def test_after_the_end_all_are_answered_by_the_settings(lab: Lab) -> None:
    test = await lab.begin({"system_prompt": PROMPT})
    conversation = await lab.new_conversation(test, "other")
    await lab.stop(test)
    lab.model.bodies.clear()
    await lab.ask(conversation_id=conversation)
    for _ in range(6):
        await lab.ask()
    assert not [body for body in lab.model.bodies if PROMPT in system_prompt(body)]
