"""GET, PATCH and DELETE /conversations."""

import uuid
from typing import Any

import pytest

from tests.conversations.conftest import Talker
from tests.documents.test_list import cursor


async def patch(talker: Talker, id: str, **body: Any) -> Any:
    return await talker.http.patch(f"{talker.url}/conversations/{id}", json=body)


async def test_the_list_is_paged_newest_first(talker: Talker) -> None:
    ids = [(await talker.ask(f"Question {number}"))["conversation_id"] for number in range(5)]
    await talker.ask("And now?", conversation_id=ids[1])
    seen: list[str] = []
    page = await talker.get("/conversations", limit=2)
    while page["next_cursor"]:
        assert len(page["conversations"]) == 2
        seen += [one["id"] for one in page["conversations"]]
        page = await talker.get("/conversations", limit=2, cursor=page["next_cursor"])
    seen += [one["id"] for one in page["conversations"]]
    assert seen == [ids[1], ids[4], ids[3], ids[2], ids[0]]


async def test_messages_are_paged_from_the_end(talker: Talker) -> None:
    id = (await talker.ask("Question 0"))["conversation_id"]
    for number in range(1, 4):
        await talker.ask(f"Question {number}", conversation_id=id)
    path, seen = f"/conversations/{id}", list[str]()
    page = await talker.get(path, limit=3)
    while page["next_cursor"]:
        assert len(page["messages"]) == 3
        seen = [message["id"] for message in page["messages"]] + seen
        page = await talker.get(path, limit=3, cursor=page["next_cursor"])
    seen = [message["id"] for message in page["messages"]] + seen
    assert seen == [message["id"] for message in await talker.messages(id)]


async def test_a_conversation_is_renamed_on_one_line(talker: Talker) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    answer = await patch(talker, id, title="  About \n Paris ")
    assert (answer.status_code, answer.json()["title"]) == (200, "About Paris")
    assert (await talker.get(f"/conversations/{id}"))["title"] == "About Paris"


@pytest.mark.parametrize("title", ["", " \n", "a\x00b", "x" * 201, None, 5])
async def test_an_invalid_title_is_refused(talker: Talker, title: object) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    answer = await patch(talker, id, title=title)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_conversation_is_deleted_with_its_messages(talker: Talker, connection: Any) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    other = (await talker.ask("Hello"))["conversation_id"]
    assert (await talker.http.delete(f"{talker.url}/conversations/{id}")).status_code == 204
    assert await talker.listed() == [other]
    assert await talker.refused(conversation_id=id) == (404, "conversation_not_found")
    left = await connection.execute("SELECT conversation_id::text FROM messages")
    assert await left.fetchall() == [(other,), (other,)]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_conversation_is_a_404(talker: Talker, method: str) -> None:
    body = {"title": "Title"} if method == "PATCH" else None
    answer = await talker.http.request(method, f"{talker.url}/conversations/{uuid.uuid4()}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "conversation_not_found")


@pytest.mark.parametrize("given", ["x", cursor([]), cursor([1, "x"]), cursor([True, "x"]), cursor([10**30, "x"])])
async def test_an_invalid_cursor_is_refused(talker: Talker, given: str) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    for path in ("/conversations", f"/conversations/{id}"):
        answer = await talker.http.get(talker.url + path, params={"cursor": given})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor"), path


async def test_an_empty_cursor_is_the_first_page(talker: Talker) -> None:
    id = (await talker.ask("Hello"))["conversation_id"]
    for path in ("/conversations", f"/conversations/{id}"):
        page = await talker.http.get(talker.url + path)
        assert (await talker.http.get(talker.url + path, params={"cursor": ""})).json() == page.json()
