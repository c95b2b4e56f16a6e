"""People rate answers: once each, the last word counts, and it can be withdrawn."""

from uuid import uuid4

import pytest

from tests.feedback.conftest import Rater


async def test_the_last_rating_of_an_answer_counts(rater: Rater) -> None:
    answer = await rater.ask()
    first = await rater.rate(answer["message_id"], "down", reason="wrong", comment="No.", correction="It is Paris.")
    assert (first.status_code, first.json()["correction"]) == (200, "It is Paris.")
    second = (await rater.rate(answer["message_id"], "up")).json()
    assert (second["rating"], second["reason"], second["correction"]) == ("up", None, None)
    [listed] = (await rater.get("/feedback"))["feedback"]
    assert (listed["message_id"], listed["rating"]) == (answer["message_id"], "up")
    assert (listed["conversation_id"], listed["question"]) == (
        answer["conversation_id"],
        "What is the capital of France?",
    )


async def test_a_conversation_shows_how_its_answers_were_rated(rater: Rater) -> None:
    answer = await rater.ask()
    path = f"/conversations/{answer['conversation_id']}"
    assert [message["feedback"] for message in (await rater.get(path))["messages"]] == [None, None]
    await rater.rate(answer["message_id"], "down", reason=" incomplete ", comment="  ")
    question, rated = (await rater.get(path))["messages"]
    assert question["feedback"] is None
    assert (rated["feedback"]["rating"], rated["feedback"]["reason"]) == ("down", "incomplete")
    assert rated["feedback"]["comment"] is None


async def test_a_rating_can_be_withdrawn_once(rater: Rater) -> None:
    answer = await rater.ask()
    await rater.rate(answer["message_id"])
    url = f"{rater.url}/feedback/{answer['message_id']}"
    assert (await rater.http.delete(url)).status_code == 204
    again = await rater.http.delete(url)
    assert (again.status_code, again.json()["code"]) == (404, "feedback_not_found")
    assert (await rater.get("/feedback"))["feedback"] == []


async def test_only_stored_answers_can_be_rated(rater: Rater) -> None:
    answer = await rater.ask()
    question, _ = (await rater.get(f"/conversations/{answer['conversation_id']}"))["messages"]
    for unknown in (str(uuid4()), question["id"]):
        refused = await rater.rate(unknown)
        assert (refused.status_code, refused.json()["code"]) == (404, "answer_not_found")
        assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        {"rating": "up"},
        {"message_id": "none", "rating": "up"},
        {"message_id": str(uuid4())},
        {"message_id": str(uuid4()), "rating": "sideways"},
        {"message_id": str(uuid4()), "rating": "down", "reason": "x" * 201},
        {"message_id": str(uuid4()), "rating": "down", "comment": "a\x00b"},
        {"message_id": str(uuid4()), "rating": "down", "correction": 7},
    ],
)
async def test_bad_input_is_refused(rater: Rater, body: dict[str, object]) -> None:
    refused = await rater.http.post(f"{rater.url}/feedback", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


async def test_feedback_goes_with_its_conversation(rater: Rater) -> None:
    answer = await rater.ask()
    await rater.rate(answer["message_id"])
    await rater.http.delete(f"{rater.url}/conversations/{answer['conversation_id']}")
    assert (await rater.get("/feedback"))["feedback"] == []
    assert (await rater.rate(answer["message_id"])).status_code == 404
    assert len(await rater.rows()) == 1  # what it cost stays known


async def test_feedback_is_listed_in_pages_newest_first(rater: Rater) -> None:
    ids = [(await rater.ask(f"Question {number}?"))["message_id"] for number in range(3)]
    for id, rating in zip(ids, ("up", "down", "down"), strict=True):
        await rater.rate(id, rating, correction="So." if id == ids[2] else None)
    first = await rater.get("/feedback", limit=2)
    second = await rater.get("/feedback", limit=2, cursor=first["next_cursor"])
    assert [one["message_id"] for one in first["feedback"] + second["feedback"]] == ids[::-1]
    assert second["next_cursor"] is None

    async def found(**filters: object) -> list[str]:
        return [one["message_id"] for one in (await rater.get("/feedback", **filters))["feedback"]]

    assert await found(rating="down") == [ids[2], ids[1]]
    assert await found(corrected=True) == [ids[2]]
    assert await found(corrected=False, rating="down") == [ids[1]]


async def test_feedback_names_the_documents_that_were_cited(rater: Rater) -> None:
    document = await rater.uploaded("The dome is closed from 1 to 14 March.", "dome.txt")
    answer = await rater.ask("When is the dome closed?", use_rag=True)
    await rater.rate(answer["message_id"], "down")
    [listed] = (await rater.get("/feedback"))["feedback"]
    assert listed["documents"] == [{"id": document["id"], "filename": "dome.txt", "deleted": False}]
    await rater.http.delete(f"{rater.url}/documents/{document['id']}")
    [listed] = (await rater.get("/feedback"))["feedback"]
    assert listed["documents"] == [{"id": document["id"], "filename": "dome.txt", "deleted": True}]
