"""While documents are ingested, questions are answered and the event loop turns."""

import asyncio
import time

from tests.library import Reader

PARAGRAPH = "The archive of the harbour master holds ledgers about ships, cargo, weather and salt. " * 12


async def test_questions_do_not_wait_for_a_long_document_to_be_embedded(reader: Reader) -> None:
    await reader.uploaded("The harbour crane was painted green.", "crane.txt", metadata={"busy": 1})
    text = "\n\n".join(f"Ledger {n}. {PARAGRAPH}" for n in range(24))
    began_upload = time.monotonic()
    uploading = asyncio.create_task(reader.uploaded(text, "ledgers.txt", metadata={"busy": 2}))
    live, asked, number = [], [], 0
    while not uploading.done():
        number += 1
        began = time.monotonic()
        await reader.get("/health/live")
        live.append(time.monotonic() - began)
        began = time.monotonic()
        await reader.hits(f"Which colour has the crane number {number}?", filters={"busy": 1})
        asked.append(time.monotonic() - began)
        await asyncio.sleep(0.01)
    document = await uploading
    took = time.monotonic() - began_upload
    assert document["chunks"] > 8  # more than one batch
    assert len(live) > 2
    assert sorted(live)[len(live) // 2] < 0.25  # milliseconds; this much on a machine that is busy with other tests
    assert max(asked) < took / 2  # a batch of the document at most, not the document
