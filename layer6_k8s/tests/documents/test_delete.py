"""DELETE /documents/{id}: no part of a deleted document is found or quoted."""

import asyncio

from tests.library import Reader

SECRET = "The password of the weather station on Norrskär is bluebird."
QUESTION = "What is the password of the weather station on Norrskär?"


async def test_a_deleted_document_is_not_found_or_quoted(reader: Reader) -> None:
    document = await reader.uploaded(SECRET, "station.txt")
    only = {"document_ids": [document["id"]]}
    assert "bluebird" in (await reader.post("/chat", message=QUESTION, **only))["response"]
    assert await reader.delete(document["id"]) == 204
    for mode in ("hybrid", "dense", "sparse"):
        assert await reader.hits(QUESTION, mode=mode, **only) == []
        assert document["id"] not in [hit["document_id"] for hit in await reader.hits(QUESTION, mode=mode, top_k=50)]
    response = await reader.post("/chat", message=QUESTION)
    assert "bluebird" not in response["response"]
    for path in ("", "/chunks", "/text"):
        assert (await reader.http.get(f"{reader.url}/documents/{document['id']}{path}")).status_code == 404
    listed = await reader.get("/documents", filename="station.txt")
    assert listed["documents"] == []


async def test_deleting_it_again_is_404(reader: Reader) -> None:
    document = await reader.uploaded("Deleted twice.")
    assert await reader.delete(document["id"]) == 204
    assert await reader.delete(document["id"]) == 404


async def test_of_concurrent_deletions_one_succeeds(reader: Reader) -> None:
    document = await reader.uploaded("Deleted by several requests.")
    statuses = await asyncio.gather(*(reader.delete(document["id"]) for _ in range(8)))
    assert sorted(statuses) == [204] + [404] * 7


async def test_a_deleted_document_can_be_uploaded_again(reader: Reader) -> None:
    first = await reader.uploaded("Comes back after it was deleted.")
    await reader.delete(first["id"])
    second = await reader.uploaded("Comes back after it was deleted.")
    assert second["id"] != first["id"]
    assert await reader.hits("comes back", document_ids=[second["id"]])


async def test_concurrent_searches_and_answers_never_use_a_deleted_document(reader: Reader) -> None:
    """Documents that were deleted before the question was sent are not in the response."""
    deleted: set[str] = set()
    writing = True

    async def upload_and_delete() -> None:
        nonlocal writing
        for n in range(6):
            document = await reader.uploaded(f"{SECRET} Note {n}.", f"{n}.txt", metadata={"group": "passing"})
            assert await reader.delete(document["id"]) == 204
            deleted.add(document["id"])
        writing = False

    async def ask(path: str, key: str, **question: str) -> None:
        while writing:
            before = set(deleted)
            body = await reader.post(path, filters={"group": "passing"}, **question)
            assert not before & {found["document_id"] for found in body[key]}

    await asyncio.gather(
        upload_and_delete(), ask("/search", "hits", query=QUESTION), ask("/chat", "sources", message=QUESTION)
    )
