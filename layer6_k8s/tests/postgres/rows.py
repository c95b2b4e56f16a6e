"""A row in every table."""

from datetime import UTC, datetime
from uuid import UUID

from api.adapters.postgres.conversations.turn_log import PostgresTurnLog
from api.services.chat.turn import Source
from api.services.conversations.conversations import StoredTurn
from tests.postgres.further_rows import fill_further
from tests.stores.opened import Opened
from tests.stores.writes import BYSTANDER, NEW, OLD

CONVERSATION, QUESTION, ANSWER = (UUID(int=number) for number in (100, 101, 102))


async def fill(harness: Opened) -> None:
    """Three documents, and a conversation that cites one of them."""
    for one in (OLD, NEW, BYSTANDER):
        await harness.store.publish(one, None)
    await PostgresTurnLog(harness.database).store(turn())
    await fill_further(harness)


def turn() -> StoredTurn:
    """A question about `NEW`, answered with a source."""
    now, chunk = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC), NEW.chunks[1]
    source = Source(
        marker=1,
        document_id=NEW.document.id,
        filename=NEW.document.filename,
        chunk_id=chunk.id,
        page=None,
        start=chunk.start,
        end=chunk.end,
        quote=chunk.text,
        score=0.5,
    )
    return StoredTurn(
        conversation_id=CONVERSATION,
        title="Tides",
        question_id=QUESTION,
        question="When is high water?",
        asked_at=now,
        answer_id=ANSWER,
        response="At seven. [1]",
        answered_at=now,
        answer={"grounded": True},
        sources=[source],
    )
