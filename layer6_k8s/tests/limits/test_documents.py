"""The quotas of documents and bytes where documents come from: uploads, replacements, deletions, pages."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from api.adapters.postgres.jobs.jobs import PostgresJobs
from api.adapters.postgres.tenants.budgets import keep_quota
from api.services.jobs.jobs import INTERACTIVE
from api.services.limits.errors import QuotaExceeded
from api.services.tenants.callers import acting_as
from tests.limits.conftest import Service, Tenants

Serve = Callable[..., Awaitable[Service]]


ASYNC = {"Prefer": "respond-async"}


def file(text: str) -> dict[str, Any]:
    return {"files": {"file": (f"{text}.txt", f"The text is {text}.".encode())}, "headers": ASYNC}


async def test_an_upload_beyond_the_quota_is_a_problem_that_no_waiting_solves(service: Serve) -> None:
    client = await (await service(llm_provider="extractive")).tenant(documents=1)
    assert (await client.post("/documents/upload", **file("one"))).status_code == 202

    answer = await client.post("/documents/upload", **file("two"))

    assert (answer.status_code, answer.json()["code"]) == (429, "quota_exceeded")
    assert "retry-after" not in answer.headers
    assert (await client.get("/limits")).json()["documents"] == {"limit": 1, "used": 1}


async def test_the_same_document_again_is_within_the_quota(service: Serve) -> None:
    client = await (await service(llm_provider="extractive")).tenant(documents=1)
    await client.post("/documents/upload", **file("one"))

    assert (await client.post("/documents/upload", **file("one"))).status_code in (200, 202)


async def test_a_deleted_document_makes_room(service: Serve) -> None:
    client = await (await service(llm_provider="extractive")).tenant(documents=1)
    document = (await client.post("/documents/upload", **file("one"))).json()
    assert (await client.delete(f"/documents/{document['id']}")).status_code == 204

    assert (await client.post("/documents/upload", **file("two"))).status_code == 202


async def test_a_replacement_takes_the_place_of_the_old_document(tenants: Tenants) -> None:
    with acting_as(await tenants.add(documents=1)):
        stored = await tenants.stored()

        await tenants.upload(replaces=stored)

        with pytest.raises(QuotaExceeded):
            await tenants.upload()
        assert (await tenants.budgets.used()).documents == 1


async def test_a_document_that_was_replaced_counts_no_more(service: Serve) -> None:
    client = await (await service(llm_provider="extractive")).tenant(documents=1)
    old = (await client.post("/documents/upload", files=file("one")["files"])).json()

    new = await client.post("/documents/upload", files=file("two")["files"], data={"replaces": old["id"]})

    assert (new.status_code, new.json()["status"]) == (201, "ready"), new.text
    assert (await client.get("/limits")).json()["documents"]["used"] == 1
    assert (await client.post("/documents/upload", **file("three"))).status_code == 429


async def test_of_a_batch_the_documents_within_the_quota_are_stored(service: Serve) -> None:
    client = await (await service(llm_provider="extractive")).tenant(documents=2)
    files = [("files", (f"{n}.txt", f"Number {n}.".encode())) for n in range(4)]

    answer = await client.post("/documents/batch-upload", files=files)

    errors = [each["error"]["code"] for each in answer.json()["jobs"] if each["error"]]
    assert (answer.status_code, errors) == (202, ["quota_exceeded"] * 2)
    assert (await client.get("/limits")).json()["documents"]["used"] == 2


async def test_a_page_that_is_about_to_be_fetched_has_its_place(tenants: Tenants) -> None:
    jobs = PostgresJobs(tenants.database, [keep_quota])
    with acting_as(await tenants.add(documents=1)):
        await jobs.add_fetch(uuid4(), uuid4(), "https://example.org/", INTERACTIVE)

        with pytest.raises(QuotaExceeded):
            await jobs.add_fetch(uuid4(), uuid4(), "https://example.org/2", INTERACTIVE)
        with pytest.raises(QuotaExceeded):
            await tenants.upload()


async def test_a_lowered_quota_refuses_what_is_new_and_keeps_what_is_stored(tenants: Tenants) -> None:
    caller = await tenants.add(documents=5)
    with acting_as(caller):
        await tenants.upload()
        await tenants.upload()
    await tenants.set(caller, documents=1)

    with acting_as(caller):
        with pytest.raises(QuotaExceeded):
            await tenants.upload()
        assert (await tenants.budgets.used()).documents == 2
