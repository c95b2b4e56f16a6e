"""Jobs over HTTP: uploads that wait or do not, batches, cancelling, retrying, following, original files."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import anyio
import httpx2
import pytest

from api.config import Settings
from api.main import create_app
from tests.library import Reader

TEXT = "The ferry to Lindholm leaves at seven."
ASYNC = {"Prefer": "respond-async, wait=5"}


@pytest.fixture
def reader(http: httpx2.AsyncClient, serve: Callable[..., str]) -> Reader:
    return Reader(http, serve(use_rag=True))


@pytest.fixture
async def idle(
    http: httpx2.AsyncClient, settings: Callable[..., Settings], start: Callable[..., Any]
) -> AsyncIterator[Reader]:
    """A service whose jobs nobody runs: they are for workers, and its Redis cannot be reached."""
    with start(create_app(settings(redis_url="redis://:secret@127.0.0.1:1/0", upload_wait_seconds=0.2))) as url:
        yield Reader(http, url)


async def queued(reader: Reader, text: str = TEXT, name: str = "ferry.txt") -> dict[str, Any]:
    response = await reader.http.post(f"{reader.url}/documents", files={"file": (name, text.encode())}, headers=ASYNC)
    assert response.status_code == 202, response.text
    return dict(response.json())


async def test_an_upload_waits_for_its_job_and_is_answered_as_in_layer_2(reader: Reader) -> None:
    first, again = await reader.upload(TEXT, "ferry.txt"), await reader.upload(TEXT, "other.txt")
    assert (first.status_code, first.json()["status"], first.json()["chunks"]) == (201, "ready", 1)
    assert (again.status_code, again.json()["duplicate"], again.json()["id"]) == (200, True, first.json()["id"])
    (job,) = (await reader.get("/jobs"))["jobs"]
    assert (job["state"], job["progress"], job["document_id"]) == ("done", 1.0, first.json()["id"])


async def test_guides_are_not_waited_for_either(
    http: httpx2.AsyncClient, given: dict[str, Any], start: Callable[..., Any]
) -> None:
    with start(create_app(Settings(_env_file=None, **given, upload_wait_seconds=600))) as url:
        answer = await http.post(f"{url}/documents/guides", headers=ASYNC)
    assert {document["status"] for document in answer.json()["documents"]} == {"queued"}


async def test_a_version_that_was_replaced_can_be_uploaded_again(reader: Reader) -> None:
    first = await reader.uploaded(TEXT, "ferry.txt")
    second = await reader.uploaded("The ferry leaves at eight.", "ferry.txt", replaces=first["id"])
    third = await reader.uploaded(TEXT, "timetable.txt", replaces=second["id"], metadata={"team": 2})
    (document,) = (await reader.get("/documents"))["documents"]
    assert (document["id"], document["filename"], document["metadata"]) == (third["id"], "timetable.txt", {"team": 2})


async def test_the_error_of_a_job_is_the_answer_of_the_upload_that_waits(reader: Reader) -> None:
    response = await reader.upload(bytes(range(256)) * 10, "x.bin")
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_document")
    assert (await reader.get("/documents"))["documents"] == [], "this client knows, and nobody else has to"
    (job,) = (await reader.get("/jobs", state="failed"))["jobs"]
    assert job["error"] == {name: response.json()[name] for name in ("code", "detail", "status")}


async def test_a_document_that_failed_later_is_listed_with_its_error_and_processed_again(reader: Reader) -> None:
    data, headers = bytes(range(256)) * 10, {"Prefer": "respond-async"}
    for number in (1, 2):
        await reader.http.post(f"{reader.url}/documents", files={"file": ("x.bin", data)}, headers=headers)
        failed: list[Any] = []
        while len(failed) < number:
            await anyio.sleep(0.02)
            failed = (await reader.get("/jobs", state="failed"))["jobs"]
        (document,) = (await reader.get("/documents"))["documents"]
        assert (document["status"], document["filename"]) == ("failed", "x.bin")
        assert document["error"] == failed[0]["error"]["detail"]


async def test_a_client_that_does_not_wait_gets_the_document_with_its_job(reader: Reader) -> None:
    document = await queued(reader)
    assert document["status"] in ("queued", "processing")
    ready = await reader.ready(httpx2.Response(202, json=document))
    assert (ready["id"], ready["status"]) == (document["id"], "ready")
    job = await reader.get(f"/jobs/{document['job_id']}/status")
    assert job == await reader.get(f"/jobs/{document['job_id']}")
    assert job["filename"] == "ferry.txt"


async def test_what_nobody_runs_is_queued_and_says_so(idle: Reader) -> None:
    response = await idle.upload(TEXT, "ferry.txt")
    assert (response.status_code, response.json()["status"]) == (202, "queued")
    document = response.json()
    assert (await idle.get(f"/documents/{document['id']}"))["status"] == "queued"
    assert [one["id"] for one in (await idle.get("/documents"))["documents"]] == [document["id"]]
    assert (await idle.get(f"/documents/{document['id']}/chunks"))["chunks"] == []
    assert (await idle.post("/search", query="ferry"))["hits"] == []
    same = await idle.upload(TEXT, "other.txt")
    assert (same.json()["job_id"], same.json()["id"]) == (document["job_id"], document["id"])
    health = (await idle.http.get(f"{idle.url}/health")).json()
    reasons = {entry["name"]: (entry["status"], entry["reason"]) for entry in health["dependencies"]}
    assert health["status"] == "degraded"
    assert reasons["jobs"][0] == "degraded"
    assert "No worker is running" in reasons["jobs"][1]
    assert "1 jobs queued" in reasons["jobs"][1]
    assert reasons["redis"] == ("degraded", "Redis cannot be reached. Jobs are kept, and start when it is back.")
    assert "secret" not in json.dumps(health)


async def test_a_queued_job_says_how_many_come_first(idle: Reader) -> None:
    jobs = [(await queued(idle, f"Note {n}."))["job_id"] for n in range(3)]
    assert [(await idle.get(f"/jobs/{job}"))["ahead"] for job in jobs] == [0, 1, 2]
    await idle.http.post(f"{idle.url}/jobs/{jobs[0]}/cancel")
    assert [(await idle.get(f"/jobs/{job}/status"))["ahead"] for job in jobs] == [None, 0, 1]


async def test_a_job_is_cancelled_and_retried(idle: Reader) -> None:
    document = await queued(idle)
    cancel, retry = (f"{idle.url}/jobs/{document['job_id']}/{verb}" for verb in ("cancel", "retry"))
    refused = await idle.http.post(retry)
    assert (refused.status_code, refused.json()["code"]) == (409, "job_not_retryable")
    cancelled = await idle.http.post(cancel)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert (await idle.http.post(cancel)).json()["state"] == "cancelled"
    failed = await idle.get(f"/documents/{document['id']}")
    assert (failed["status"], failed["error"]) == ("failed", "The job was cancelled.")
    retried = await idle.http.post(retry)
    assert (retried.status_code, retried.json()["state"]) == (202, "queued")
    assert retried.headers["location"] == f"/jobs/{document['job_id']}"


async def test_deleting_a_document_ends_its_failed_job(reader: Reader) -> None:
    file = {"file": ("x.bin", bytes(range(256)) * 10)}
    document = (await reader.http.post(f"{reader.url}/documents", files=file, headers=ASYNC)).json()
    failed: list[Any] = []
    while not failed:
        await anyio.sleep(0.02)
        failed = (await reader.get("/jobs", state="failed"))["jobs"]
    assert (await reader.http.delete(f"{reader.url}/documents/{document['id']}")).status_code == 204
    assert (await reader.get("/jobs", state="failed"))["jobs"] == []
    assert (await reader.http.post(f"{reader.url}/jobs/retry", json={"kind": "ingest"})).json() == {"retried": 0}


async def test_deleting_a_document_cancels_its_job(idle: Reader) -> None:
    document = await queued(idle)
    assert (await idle.http.delete(f"{idle.url}/documents/{document['id']}")).status_code == 204
    assert (await idle.get(f"/jobs/{document['job_id']}"))["state"] == "cancelled"
    assert (await idle.http.get(f"{idle.url}/documents/{document['id']}")).status_code == 404
    assert (await idle.http.delete(f"{idle.url}/documents/{document['id']}")).status_code == 404


async def test_a_bad_file_never_fails_the_others_of_a_batch(reader: Reader) -> None:
    files = [("files", (f"note {n}.txt", f"Note {n} says {n * n}.".encode())) for n in range(5)]
    files += [("files", ("empty.txt", b"")), ("files", ("again.txt", b"Note 3 says 9."))]
    response = await reader.http.post(f"{reader.url}/documents/batch-upload", files=files)
    assert response.status_code == 202, response.text
    batch = response.json()
    assert response.headers["location"] == f"/jobs/batches/{batch['batch_id']}"
    assert [job["filename"] for job in batch["jobs"]] == [name for _, (name, _) in files]
    for item in batch["jobs"]:
        if item["job_id"]:
            [_ async for _ in followed(reader, item["job_id"])]
    state = await reader.get(f"/jobs/batches/{batch['batch_id']}")
    assert (state["counts"], state["waiting"]) == ({"done": 5, "failed": 1}, 0)
    assert [job["filename"] for job in state["errors"]] == ["empty.txt"]
    assert len((await reader.get("/jobs", batch_id=batch["batch_id"], state="done"))["jobs"]) == 5
    hits = (await reader.post("/search", query="Note 4 says"))["hits"]
    assert "Note 4 says 16." in [hit["text"] for hit in hits]
    assert (await reader.http.post(f"{reader.url}/jobs/retry", json={"kind": "ingest"})).json() == {"retried": 1}


async def followed(reader: Reader, job_id: str) -> AsyncIterator[dict[str, Any]]:
    async with reader.http.stream("GET", f"{reader.url}/jobs/{job_id}/events") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


async def test_a_job_is_followed_until_it_ends(reader: Reader) -> None:
    document = await queued(reader, "\n\n".join(f"Paragraph {n} of a long text." * 20 for n in range(200)))
    seen = [job async for job in followed(reader, document["job_id"])]
    assert (seen[-1]["state"], seen[-1]["progress"]) == ("done", 1.0)
    assert [job["progress"] for job in seen] == sorted(job["progress"] for job in seen)


async def test_the_original_file_is_returned_and_read_again(reader: Reader) -> None:
    document = await reader.uploaded(TEXT, 'fe"rry ✓.txt')
    file = await reader.http.get(f"{reader.url}/documents/{document['id']}/file")
    assert (file.content, file.headers["content-type"]) == (TEXT.encode(), "text/plain; charset=utf-8")
    # The client has written the quotation mark as %22, as browsers do.
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''fe%2522rry%20%E2%9C%93.txt"
    assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert file.headers["x-content-type-options"] == "nosniff"
    again = await reader.http.post(f"{reader.url}/jobs/process-document", json={"document_id": document["id"]})
    assert (again.status_code, again.json()["kind"]) == (202, "process")
    [*_, last] = [job async for job in followed(reader, again.json()["id"])]
    assert (last["state"], last["document_id"]) == ("done", document["id"])
    assert (await reader.get(f"/documents/{document['id']}"))["status"] == "ready"
    assert (await reader.post("/search", query="ferry"))["hits"][0]["text"] == TEXT


async def test_a_file_that_is_not_kept_is_404(http: httpx2.AsyncClient, serve: Callable[..., str]) -> None:
    reader = Reader(http, serve(keep_files=False))
    document = await reader.uploaded(TEXT)
    for response in (
        await http.get(f"{reader.url}/documents/{document['id']}/file"),
        await http.post(f"{reader.url}/jobs/process-document", json={"document_id": document["id"]}),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "file_not_kept")


@pytest.mark.parametrize("path", ["/jobs/{}", "/jobs/{}/status", "/jobs/{}/events", "/jobs/batches/{}"])
async def test_unknown_jobs_are_404(reader: Reader, path: str) -> None:
    response = await reader.http.get(reader.url + path.format(uuid4()))
    assert (response.status_code, response.json()["code"] in ("job_not_found", "batch_not_found")) == (404, True)


def test_a_malformed_address_of_redis_is_refused_without_its_password() -> None:
    with pytest.raises(ValueError, match="must be an address such as redis://") as refused:
        Settings(_env_file=None, redis_url="http://:the-secret@host")
    assert "the-secret" not in str(refused.value)
