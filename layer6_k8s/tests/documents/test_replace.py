"""A new version replaces the old one atomically."""

import asyncio
import uuid

from tests.library import Reader

OLD = "The gate code of the marina is 4471."
NEW = "The gate code of the marina is 9902."
QUESTION = "What is the gate code of the marina?"


async def test_after_a_replacement_only_the_new_version_is_found(reader: Reader) -> None:
    old = await reader.uploaded(OLD, "code.txt", metadata={"place": "marina"})
    new = await reader.uploaded(NEW, "code.txt", metadata={"place": "marina"}, replaces=old["id"])
    assert new["id"] != old["id"]
    assert (await reader.http.get(f"{reader.url}/documents/{old['id']}")).status_code == 404
    hits = await reader.hits(QUESTION, filters={"place": "marina"}, top_k=50)
    assert [hit["document_id"] for hit in hits] == [new["id"]]
    response = await reader.post("/chat", message=QUESTION, filters={"place": "marina"})
    assert "9902" in response["response"]
    assert "4471" not in response["response"]


async def test_during_a_replacement_exactly_one_version_is_found(reader: Reader) -> None:
    old = await reader.uploaded(f"{OLD} (one version)", "one.txt", metadata={"version": "one"})
    writing = asyncio.create_task(
        reader.uploaded(f"{NEW} (one version)", metadata={"version": "one"}, replaces=old["id"])
    )
    seen = []
    while not writing.done():
        seen.append(await reader.hits(QUESTION, filters={"version": "one"}, top_k=50))
    new = await writing
    assert {len(hits) for hits in seen} == {1}
    assert {hits[0]["document_id"] for hits in seen} <= {old["id"], new["id"]}


async def test_an_unknown_document_cannot_be_replaced(reader: Reader) -> None:
    response = await reader.upload("Replaces nothing.", replaces=str(uuid.uuid4()))
    assert (response.status_code, response.json()["code"]) == (404, "document_not_found")
    assert not await reader.hits("Replaces nothing", mode="sparse", filters={"never": "set"})
    malformed = await reader.upload("Replaces nothing.", replaces="no id")
    assert (malformed.status_code, malformed.json()["code"]) == (422, "invalid_request")


async def test_a_failed_upload_leaves_the_old_version(reader: Reader) -> None:
    old = await reader.uploaded("The old version stays when the new one is broken.", "stays.txt")
    failed = await reader.upload(b"%PDF-1.7\nbroken " * 9, "stays.pdf", replaces=old["id"])
    assert failed.json()["code"] == "unreadable_document"
    assert await reader.hits("old version stays", document_ids=[old["id"]])


async def test_a_document_replaced_by_its_own_bytes_is_unchanged(reader: Reader) -> None:
    document = await reader.uploaded("Replaced by its own bytes.", "self.txt")
    again = await reader.upload("Replaced by its own bytes.", "self.txt", replaces=document["id"])
    assert (again.status_code, again.json()["id"], again.json()["duplicate"]) == (200, document["id"], True)
    assert await reader.hits("own bytes", document_ids=[document["id"]])


async def test_a_document_replaced_by_the_bytes_of_another_one_is_deleted(reader: Reader) -> None:
    old = await reader.uploaded("To be replaced by stored bytes.", "old.txt")
    other = await reader.uploaded("Already stored bytes.", "other.txt")
    response = await reader.upload("Already stored bytes.", "new.txt", replaces=old["id"])
    assert (response.status_code, response.json()["id"]) == (200, other["id"])
    assert (await reader.http.get(f"{reader.url}/documents/{old['id']}")).status_code == 404
    assert await reader.hits("already stored", document_ids=[other["id"]])


async def test_of_concurrent_replacements_one_succeeds(reader: Reader) -> None:
    old = await reader.uploaded("Two want to replace this.", "race.txt", metadata={"race": "replace"})
    responses = await asyncio.gather(
        *(
            reader.upload(f"Version {n} of the race.", metadata={"race": "replace"}, replaces=old["id"])
            for n in range(2)
        )
    )
    assert sorted(response.status_code for response in responses) == [201, 404]
    hits = await reader.hits("version", filters={"race": "replace"}, top_k=50)
    assert len({hit["document_id"] for hit in hits}) == 1
