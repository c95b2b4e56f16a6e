"""Stored answers are looked at again."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from api.capabilities.database import open_database
from api.config import Settings
from api.main import create_app
from tests.library import Reader
from tests.models.tiny import minilm_folder
from tests.upkeep.conftest import Service

FERRY = "The ferry to Lindholm leaves at seven."
QUESTION = "When does the ferry to Lindholm leave?"
ROWS = [f"| Harbour {number} | {number} | in winter |" for number in range(1, 40)]
TIMETABLE = "\n".join(["| Port | Ferries in 2027 | Season |", "|---|---|---|", *ROWS, "| Lindholm | 77 | in summer |"])
SAID = "Lindholm had 77 ferries in 2027"
SAMPLES = "SELECT lost, different, deleted, refused, again_refused, again_grounded, overlap FROM samples"


@pytest.fixture
async def service(
    http: httpx2.AsyncClient, settings: Callable[..., Settings], start: Callable[..., Any]
) -> AsyncIterator[Service]:
    chosen = settings(llm_provider="extractive", embedding_path=minilm_folder(), use_rag=True, quality_sample=1.0)
    with start(create_app(chosen)) as url:
        async with open_database(chosen, connections=2) as database:
            yield Service(Reader(http, url), database)


async def found(service: Service) -> dict[str, Any]:
    await service.done("/jobs/check-answers")
    return dict(await service.reader.get("/quality/answers"))


async def test_an_answer_that_still_holds_is_fine(service: Service) -> None:
    await service.reader.uploaded(FERRY, "ferry.txt")
    await service.reader.post("/chat", message=QUESTION)
    await service.reader.post("/chat", message="Who painted the Mona Lisa?")
    seen = await found(service)
    counts = {name: seen[name] for name in ("samples", "claims", "lost", "quotes", "different")}
    assert counts == {"samples": 2, "claims": 1, "lost": 0, "quotes": 1, "different": 0}
    assert (seen["answered_again"], seen["changed"], seen["overlap"], seen["drift"]) == (2, 0, 1.0, {})
    assert (await found(service))["samples"] == 2  # once each


async def test_a_text_that_was_changed_under_an_answer_is_seen(service: Service) -> None:
    await service.reader.uploaded(FERRY, "ferry.txt")
    await service.reader.post("/chat", message=QUESTION)
    await service.execute("UPDATE texts SET text = replace(text, 'seven', 'eight')")
    assert (await found(service))["different"] == 1


async def test_a_row_supports_a_sentence_by_the_names_of_its_columns(
    http: httpx2.AsyncClient, settings: Callable[..., Settings], start: Callable[..., Any], scripted: Any
) -> None:
    scripted.says(f"{SAID} [1].")
    chosen = settings(**scripted.settings, embedding_path=minilm_folder(), use_rag=True, quality_sample=1.0)
    with start(create_app(chosen)) as url:
        async with open_database(chosen, connections=2) as database:
            service = Service(Reader(http, url), database)
            await service.reader.uploaded(TIMETABLE, "timetable.md")
            answer = await service.reader.post("/chat", message="How many ferries did Lindholm have in 2027?")
            seen = await found(service)
    assert [claim["support"] for claim in answer["claims"]] == ["supported"]
    assert (seen["claims"], seen["lost"]) == (1, 0)


async def test_an_answer_that_would_be_given_now_is_compared(service: Service) -> None:
    refused = await service.reader.post("/chat", message=QUESTION)
    assert refused["refusal"]
    await service.reader.uploaded(FERRY, "ferry.txt")
    seen = await found(service)
    assert (seen["answered_again"], seen["changed"], seen["overlap"]) == (1, 1, 0.0)


async def test_a_deleted_document_is_no_error(service: Service) -> None:
    document = await service.reader.uploaded(FERRY, "ferry.txt")
    await service.reader.post("/chat", message=QUESTION)
    assert await service.reader.delete(document["id"]) == 204
    seen = await found(service)
    assert (seen["lost"], seen["different"], seen["quotes"], seen["changed"]) == (0, 0, 0, 1)


async def test_answers_without_documents_are_not_sampled(service: Service) -> None:
    await service.reader.post("/chat", message="Hello", use_rag=False)
    assert (await found(service))["samples"] == 0


async def test_a_sample_goes_with_its_conversation(service: Service) -> None:
    await service.reader.uploaded(FERRY, "ferry.txt")
    answer = await service.reader.post("/chat", message=QUESTION)
    assert (await found(service))["samples"] == 1
    deleted = await service.reader.http.delete(f"{service.reader.url}/conversations/{answer['conversation_id']}")
    assert deleted.status_code == 204
    assert (await service.reader.get("/quality/answers"))["samples"] == 0


async def test_a_week_is_compared_with_the_reference_week(service: Service) -> None:
    await service.reader.uploaded(FERRY, "ferry.txt")
    answer = await service.reader.post("/chat", message=QUESTION)
    await multiplied(service, UUID(answer["conversation_id"]), times=120)
    assert (await found(service))["drift"] == {}  # this becomes the reference
    drift = (await found(service))["drift"]
    assert {name: round(value, 3) for name, value in drift.items()} == dict.fromkeys(drift, 0.0)
    assert drift.keys() == {"retrieval_score", "refusal", "language", "question"}
    await service.execute(
        "UPDATE messages SET content = 'När går färjan till Lindholm och vad kostar det?' WHERE role = 'user'"
    )
    drift = (await found(service))["drift"]
    assert drift["language"] > 0.25
    assert drift["question"] > 0.05
    metrics = (await service.reader.http.get(f"{service.reader.url}/metrics")).text
    assert 'mystack_sampled_answers{what="samples"}' in metrics


async def multiplied(service: Service, conversation: UUID, times: int) -> None:
    """So many more turns in the conversation, each like its first."""
    await service.execute(
        """
        INSERT INTO messages (id, conversation_id, index, role, content, created_at, answer)
        SELECT gen_random_uuid(), conversation_id, index + 2 * turn, role, content, created_at, answer
        FROM messages, generate_series(1, %s) AS turn WHERE conversation_id = %s
        """,
        times,
        conversation,
    )
    await service.execute(
        """
        INSERT INTO message_sources (message_id, marker, document_id, chunk_id, filename, page, start, "end", score)
        SELECT messages.id, marker, document_id, chunk_id, filename, page, start, "end", score
        FROM messages, message_sources WHERE role = 'assistant' AND index > 1
        """
    )
