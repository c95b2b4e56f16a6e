"""A service with a document and a scripted model, its database, and votes on its answers."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import anyio
import httpx2
import pytest

from api.adapters.postgres.database import Database
from api.capabilities.database import open_database
from api.config import Settings
from api.main import create_app
from api.services.ab_tests.assignment import assigned
from tests.library import Reader
from tests.models.tiny import minilm_folder

FERRY = "The ferry to Lindholm leaves at seven."
QUESTION = "When does the ferry to Lindholm leave?"
GOOD = "The ferry to Lindholm leaves at seven [1]."
PROMPT = "Be chatty."
"""The worse prompt: the scripted model adds what no document says."""
BAD = f"{GOOD} Tickets cost ninety crowns and are sold by the captain."

# Each answer leaves a row; where nothing has written it yet, the test does.
ANSWERED = """
    INSERT INTO answered (id, at, route, request_id, conversation_id, provider, model, prompt_tokens, completion_tokens,
        cost, latency_ms, grounded, refusal, supported, unsupported, unknown, removed_markers, experiment, arm)
    VALUES (%(id)s, now(), '/chat', 'r', %(conversation)s, 'openai', 'scripted', 1, 1,
        NULL, %(latency)s, %(grounded)s, %(refusal)s, %(supported)s, %(unsupported)s, 0, 0, %(test)s, %(arm)s)
    ON CONFLICT DO NOTHING
"""
VOTE = """
    INSERT INTO feedback (message_id, at, rating) VALUES (%(id)s, now(), %(rating)s)
    ON CONFLICT (message_id) DO UPDATE SET rating = excluded.rating, at = now()
"""
ARM = "SELECT experiment, arm FROM answered WHERE id = %(id)s"


@dataclass
class Lab:
    """A running service under test."""

    reader: Reader
    database: Database
    model: Any

    def url(self, path: str = "") -> str:
        return f"{self.reader.url}/models/ab-test{path}"

    async def begin(self, overrides: dict[str, Any], **body: Any) -> dict[str, Any]:
        """A test of the settings (arm "champion") and these overrides (arm "other")."""
        arms = [{"name": "champion"}, {"name": "other", "overrides": overrides}]
        answer = await self.reader.http.post(self.url(), json={"name": "prompt", "arms": arms, "horizon": 500} | body)
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"/models/ab-test/{answer.json()['id']}"
        return dict(answer.json())

    async def stop(self, test: dict[str, Any], **body: Any) -> dict[str, Any]:
        answer = await self.reader.http.patch(self.url(f"/{test['id']}"), json={"state": "stopped"} | body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def told(self, test: dict[str, Any]) -> dict[str, Any]:
        return dict(await self.reader.get(f"/models/ab-test/{test['id']}"))

    async def stopped(self, test: dict[str, Any], **ratings: str) -> dict[str, Any]:
        """The test, once it has stopped itself; until then people ask, and vote as they like the arms."""
        with anyio.fail_after(120):
            while (told := await self.told(test))["stopped_at"] is None:
                await self.voted(test, await self.ask(), ratings)
        return told

    async def ask(self, **body: Any) -> dict[str, Any]:
        return dict(await self.reader.post("/chat", message=QUESTION, **body))

    async def asked(self, test: dict[str, Any], rating: str | None = None, **body: Any) -> tuple[str | None, Any]:
        """The arm that was noted with the first answer of a new conversation, and the answer, which gets a vote."""
        answer = await self.ask(**body)
        return await self.voted(test, answer, dict.fromkeys(("champion", "other"), rating)), answer

    async def voted(
        self, test: dict[str, Any], answer: dict[str, Any], ratings: Mapping[str, str | None]
    ) -> str | None:
        """Give the answer the vote of its arm; returns what was noted with it, which is None after the test."""
        arm = arm_of(test, answer["conversation_id"])
        rating = ratings[arm]
        support = [claim["support"] for claim in answer["claims"]]
        values = {
            "id": UUID(answer["message_id"]),
            "conversation": UUID(answer["conversation_id"]),
            "latency": answer["latency_ms"],
            "grounded": answer["grounded"],
            "refusal": answer["refusal"],
            "supported": support.count("supported"),
            "unsupported": support.count("unsupported"),
            "test": UUID(test["id"]),
            "arm": arm,
        }
        async with self.database.transaction() as connection:
            await connection.execute(ANSWERED, values)
            if rating:
                await connection.execute(VOTE, {"id": values["id"], "rating": rating})
        ((experiment, noted),) = await self.database.rows(ARM, {"id": values["id"]})
        assert (experiment, noted) in ((UUID(test["id"]), arm), (None, None))
        return None if noted is None else str(noted)

    async def new_conversation(self, test: dict[str, Any], arm: str) -> str:
        """A conversation that belongs to an arm, with one answer."""
        while True:
            found, answer = await self.asked(test)
            if found == arm:
                return str(answer["conversation_id"])


def arm_of(test: dict[str, Any], conversation: str) -> str:
    weights = [arm["weight"] for arm in test["arms"]]
    return str(test["arms"][assigned(weights, UUID(test["id"]), UUID(conversation))]["name"])


def system_prompt(body: dict[str, Any]) -> str:
    """That of a request to the model."""
    return str(next(message["content"] for message in body["messages"] if message["role"] == "system"))


@pytest.fixture
async def lab(
    http: httpx2.AsyncClient, settings: Callable[..., Settings], start: Callable[..., Any], scripted: Any
) -> AsyncIterator[Lab]:
    chosen = settings(**scripted.settings, embedding_path=minilm_folder(), use_rag=True)
    scripted.says(GOOD)
    scripted.says(BAD, when=PROMPT)
    with start(create_app(chosen)) as url:
        async with open_database(chosen, connections=2) as database:
            reader = Reader(http, url)
            await reader.uploaded(FERRY, "ferry.txt")
            yield Lab(reader, database, scripted)


@pytest.fixture
def unknown() -> str:
    return str(uuid4())
