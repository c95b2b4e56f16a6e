"""The check of the data finds what is wrong, says what to do, and repairs what is safe."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from api.adapters.postgres.quality.checks import SqlCheck
from api.adapters.postgres.quality.texts import PostgresTexts
from api.capabilities.upkeep import checks
from api.services.documents.ingestion import Upload
from api.services.documents.store import StoreUnavailable
from api.services.jobs.jobs import Claim
from api.services.quality.report import Check, Found, Report, Texts
from api.services.quality.service import QualityHandler
from tests.stores.opened import Opened
from tests.upkeep.conftest import Service

FERRY = "The ferry to Lindholm leaves at seven."
JOB = "INSERT INTO jobs (document_id, id, kind, filename, priority, state, token, lease_until, run_after) VALUES "


async def test_before_the_first_check_the_report_says_so(service: Service) -> None:
    report = await service.reader.get("/quality")
    assert (report["checked_at"], report["job_id"], report["findings"]) == (None, None, [])


async def test_sound_data_has_no_findings(service: Service) -> None:
    await service.reader.uploaded(FERRY)
    assert await service.findings() == {}
    report = await service.reader.get("/quality")
    assert (report["documents"], report["compared"]) == (1, 1)


async def test_chunks_without_a_vector_are_found_and_a_refresh_is_queued(service: Service) -> None:
    document = await service.reader.uploaded(FERRY)
    (chunk,) = (await service.reader.get(f"/documents/{document['id']}/chunks"))["chunks"]
    await service.execute("DELETE FROM embeddings")
    finding = (await service.findings())["chunk_without_vector"]
    assert (finding["count"], finding["examples"], finding["repaired"]) == (1, [chunk["id"]], 1)
    assert "refresh-embeddings" in finding["advice"]
    (job,) = (await service.reader.get("/jobs", kind="refresh"))["jobs"]
    await service.ended(job)
    assert await service.findings() == {}


async def test_a_document_without_chunks_is_read_again_once(service: Service) -> None:
    document = await service.reader.uploaded(FERRY)
    await service.execute("DELETE FROM chunks")
    finding = (await service.findings())["document_without_chunks"]
    assert (finding["examples"], finding["repaired"]) == ([document["id"]], 1)
    (job,) = (await service.reader.get("/jobs", kind="process"))["jobs"]
    await service.ended(job)
    assert await service.findings() == {}
    await service.execute("DELETE FROM chunks")
    assert (await service.findings())["document_without_chunks"]["repaired"] == 0


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("UPDATE texts SET text = replace(text, 'seven', 'eight')", "chunk_text_differs"),
        ("UPDATE texts SET text = left(text, 10)", "chunk_beyond_text"),
        ("UPDATE documents SET chunks = 7", "chunk_count_differs"),
        ("UPDATE documents SET parser = 1", "document_outdated"),
        ("UPDATE chunks SET text = repeat('x', 2000), start = 0, \"end\" = 2000", "chunk_out_of_bounds"),
    ],
)
async def test_damage_is_found(service: Service, damage: str, code: str) -> None:
    await service.reader.uploaded(FERRY)
    await service.execute(damage)
    finding = (await service.findings())[code]
    assert (finding["count"], len(finding["examples"])) == (1, 1)


async def test_vectors_of_a_former_model_are_counted(service: Service) -> None:
    await service.reader.uploaded(FERRY)
    await service.execute(
        "WITH other AS ("
        "INSERT INTO embedding_spaces (name, dimension, state) VALUES ('old', 2, 'retired') RETURNING id)"
        " INSERT INTO embeddings SELECT number, other.id, 2, '[1, 2]' FROM chunks, other"
    )
    assert (await service.findings())["vector_of_retired_space"]["count"] == 1


async def test_duplicates_are_named(service: Service) -> None:
    one = await service.reader.uploaded(FERRY, "ferry.txt")
    two = await service.reader.uploaded(FERRY + "\n", "ferry.txt")
    found = await service.findings()
    for code in ("duplicate_text", "duplicate_filename"):
        assert set(found[code]["examples"]) == {one["id"], two["id"]}, code


async def test_jobs_that_are_stuck_or_failed_are_named(harness: Opened) -> None:
    stuck, waiting, failed = uuid4(), uuid4(), uuid4()
    rows = (
        (stuck, "ingest", "running", uuid4(), "now() - interval '1 hour'", "now()"),
        (waiting, "ingest", "queued", None, "NULL", "now() - interval '1 hour'"),
        (failed, "ingest", "failed", None, "NULL", "now()"),
    )
    async with harness.database.transaction() as connection:
        for id, kind, state, token, lease, after in rows:
            values = f"(gen_random_uuid(), %s, %s, 'note.txt', 0, %s, %s, {lease}, {after})"
            await connection.execute((JOB + values).encode(), [id, kind, state, token])
    by_code = {check.code: check for check in checks(harness.database)}
    for code, id in (("job_lease_expired", stuck), ("job_waits_long", waiting), ("job_failed", failed)):
        assert await by_code[code].find() == Found(1, [str(id)]), code


async def test_a_source_whose_sync_failed_is_found(harness: Opened) -> None:
    source = "(gen_random_uuid(), 'url', %s, 3600, true, '{}', %s)"
    async with harness.database.transaction() as connection:
        for location, error in (("http://one", "{}"), ("http://two", None)):
            statement = f"INSERT INTO sources (id, kind, location, delete_after, watch, counts, error) VALUES {source}"
            await connection.execute(statement.encode(), [location, error])
    by_code = {check.code: check for check in checks(harness.database)}
    assert await by_code["source_fails"].find() == Found(1, ["http://one"])


async def test_there_are_at_most_twenty_examples(harness: Opened) -> None:
    async with harness.database.transaction() as connection:
        for number in range(30):
            values = (
                f"(gen_random_uuid(), gen_random_uuid(), 'ingest', 'note {number}', 0, 'failed', NULL, NULL, now())"
            )
            await connection.execute((JOB + values).encode())
    by_code = {check.code: check for check in checks(harness.database)}
    found = await by_code["job_failed"].find()
    assert (found.count, len(found.examples)) == (30, 20)


async def test_a_check_only_reads(harness: Opened) -> None:
    with pytest.raises(StoreUnavailable, match="ReadOnlySqlTransaction"):
        await SqlCheck(harness.database, "SELECT nextval('chunks_number_seq')")()


async def test_a_check_ends_when_its_time_is_over(harness: Opened) -> None:
    with pytest.raises(StoreUnavailable, match="QueryCanceled"):
        await SqlCheck(harness.database, "SELECT pg_sleep(60)", seconds=0.1)()
    assert await SqlCheck(harness.database, "SELECT 1 WHERE pg_sleep(0.2) IS NOT NULL")() == Found(1, ["1"])


async def test_texts_are_compared_in_parts_when_time_is_short(harness: Opened) -> None:
    for number in range(25):
        await harness.publish(f"Note number {number} about something.")
    assert (await PostgresTexts(harness.database).compare()).compared == 25
    texts = await PostgresTexts(harness.database, seconds=0).compare()
    assert (texts.documents, texts.compared < 25) == (25, True)


async def test_a_check_that_takes_too_long_is_named_and_the_others_run() -> None:
    async def too_long() -> Found:
        raise StoreUnavailable

    async def finds() -> Found:
        return Found(2, ["a", "b"])

    class Comparison:
        async def compare(self) -> Texts:
            raise StoreUnavailable

    stored: list[Report] = []

    class Reports:
        async def add(self, report: Report) -> None:
            stored.append(report)

        async def latest(self) -> Report | None:
            return stored[-1] if stored else None

    handler = QualityHandler([Check("slow", "", too_long), Check("two", "Do it.", finds)], Comparison(), Reports())
    await handler(claim())
    assert [(finding.code, finding.count) for finding in stored[0].findings] == [("two", 2)]
    assert stored[0].unanswered == ["slow", "chunk_text_differs", "chunk_beyond_text"]


def claim(**more: Any) -> Claim:
    id = UUID(int=1)
    return Claim(id, uuid4(), "quality", Upload(id, "data quality", {}, None), 1, 0, **more)
