"""`Idempotency-Key`: the same request again gets the same answer, and creates no more work."""

import asyncio
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from api.adapters.postgres.jobs.answers import PostgresAnswers
from api.services.serving.idempotency import IdempotencyKeyReused, KeptAnswer, RequestInProgress
from tests.jobs.conftest import Table
from tests.library import Reader

KEY = {"Idempotency-Key": "one", "Prefer": "respond-async"}
ANSWER = KeptAnswer(202, {"location": "/jobs/1"}, b"{}")


@pytest.fixture
def reader(http: httpx2.AsyncClient, serve: Callable[..., str]) -> Reader:
    return Reader(http, serve(use_rag=True))


async def upload(reader: Reader, text: str, **headers: str) -> httpx2.Response:
    files = {"file": ("note.txt", text.encode())}
    return await reader.http.post(f"{reader.url}/documents", files=files, headers=KEY | headers)


async def test_the_same_upload_again_gets_the_same_answer_although_its_form_differs(reader: Reader) -> None:
    first, again = await upload(reader, "A note."), await upload(reader, "A note.")
    assert first.request.headers["content-type"] != again.request.headers["content-type"]
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    assert len((await reader.get("/jobs"))["jobs"]) == 1


async def test_another_body_with_the_same_key_is_refused(reader: Reader) -> None:
    await upload(reader, "A note.")
    other = await upload(reader, "Another note.")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len((await reader.get("/jobs"))["jobs"]) == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_that_is_none_is_refused(reader: Reader, key: str) -> None:
    answer = await upload(reader, "A note.", **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_idempotency_key")


async def test_a_json_body_is_remembered_with_the_location_of_its_job(reader: Reader) -> None:
    body = {"url": "http://127.0.0.1:1/page"}
    first, again = [
        await reader.http.post(f"{reader.url}/jobs/process-document", json=body, headers=KEY) for _ in range(2)
    ]
    assert (first.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert again.headers["location"] == first.headers["location"]


async def test_a_source_is_added_once(reader: Reader) -> None:
    body = {"kind": "url", "url": "http://127.0.0.1:1/page"}
    first, again = [await reader.http.post(f"{reader.url}/sources", json=body, headers=KEY) for _ in range(2)]
    assert (again.status_code, again.json()) == (201, first.json())


async def test_a_request_that_failed_may_be_tried_again_with_its_key(reader: Reader) -> None:
    url = f"{reader.url}/jobs/process-document"
    missing = {"document_id": "0c9a3b52-6f0e-4f0b-9a55-6a4c1f0f7a11"}
    for _ in range(2):
        assert (await reader.http.post(url, json=missing, headers=KEY)).json()["code"] == "document_not_found"


async def test_each_operation_that_heeds_the_key_documents_it_and_what_it_may_answer(reader: Reader) -> None:
    document = await reader.get("/openapi.json")
    heeding = {}
    for path, operations in document["paths"].items():
        if "post" in operations:
            url = reader.url + re.sub(r"{\w+}", str(uuid4()), path)
            answer = await reader.http.post(url, headers={"Idempotency-Key": "x" * 256})
            heeding[path] = answer.json().get("code") == "invalid_idempotency_key"
            assert not heeding[path] or "422" in operations["post"]["responses"], path
    assert heeding == {path: "Idempotency-Key" in headers(document, path) for path in heeding}
    assert heeding["/documents/upload"]
    assert not heeding["/chat"]
    for path in ("/documents", "/documents/guides", "/sources/sync", "/jobs/{job_id}/retry"):
        assert "409" in document["paths"][path]["post"]["responses"]


async def test_uploads_document_that_a_client_may_prefer_not_to_wait(reader: Reader) -> None:
    document = await reader.get("/openapi.json")
    preferring = {
        path for path, each in document["paths"].items() if "post" in each and "Prefer" in headers(document, path)
    }
    assert preferring == {"/documents", "/documents/upload", "/documents/guides"}


def headers(document: dict[str, Any], path: str) -> list[str]:
    """The headers of a POST; all are optional."""
    parameters = document["paths"][path]["post"].get("parameters", [])
    return [each["name"] for each in parameters if each["in"] == "header" and not each["required"]]


async def test_of_requests_at_the_same_time_one_is_answered(table: Table) -> None:
    answers = PostgresAnswers(table.database)
    begun = await asyncio.gather(*(answers.begin("one", "a") for _ in range(4)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in begun) == ["NoneType"] + 3 * ["RequestInProgress"]
    await answers.keep("one", ANSWER)
    assert await answers.begin("one", "a") == ANSWER
    with pytest.raises(IdempotencyKeyReused):
        await answers.begin("one", "b")


async def test_a_request_that_was_lost_is_answered_anew(table: Table) -> None:
    answers = PostgresAnswers(table.database)
    assert await answers.begin("one", "a") is None
    with pytest.raises(RequestInProgress):
        await answers.begin("one", "a")
    async with table.database.transaction() as connection:
        await connection.execute("UPDATE answers SET created_at = created_at - interval '31 s'")
    assert await answers.begin("one", "a") is None
    await answers.drop("one")
    assert await answers.begin("one", "b") is None
