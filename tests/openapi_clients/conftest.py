"""The newest layer with two documents and a conversation, and its OpenAPI document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mystack.fresh import fresh_server
from mystack.project import all_layers
from tests.docs.test_examples import experiments_at_hand, jobs_at_hand, with_ids

HARBOUR = "The harbour office opens at eight in the morning and closes at four in the afternoon."


@dataclass(frozen=True)
class Service:
    """A running layer: `ids` are those of a document, a conversation and so on, by the names of path parameters."""

    url: str
    document: dict[str, Any]
    ids: dict[str, str]

    def with_own_document(self, text: str) -> "Service":
        """The same service with the ids of a document and a conversation that a test may delete."""
        return replace(self, ids=self.ids | new_ids(self.url, text))

    def saved(self, folder: Path) -> Path:
        """The OpenAPI document as a file, its example ids replaced by ids that exist."""
        (folder / "openapi.json").write_text(json.dumps(with_ids(self.document, self.ids)))
        return folder / "openapi.json"


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    with fresh_server(all_layers()[-1]) as server:
        new_ids(server.url, "The mill grinds rye.")
        ids = new_ids(server.url, HARBOUR) | {"model": "extractive"}
        with httpx2.Client(base_url=server.url, timeout=60, trust_env=False) as http:
            document = http.get("/openapi.json").json()
            ids |= jobs_at_hand(http, b"The quarry is closed.") | experiments_at_hand(http, document)
        yield Service(server.url, document, ids)


def new_ids(url: str, text: str) -> dict[str, str]:
    """The ids of a new document and of a new conversation."""
    with httpx2.Client(base_url=url, timeout=60, trust_env=False) as http:
        form = {"metadata": json.dumps({"town": "Aldport"})} if text == HARBOUR else {}
        uploaded = http.post("/documents", files={"file": (f"{text.split()[1]}.txt", text.encode())}, data=form).json()
        answer, other = [http.post("/chat", json={"message": text}).json() for _ in range(2)]
    # The message is one of another conversation, since a conversation is deleted with its ratings.
    return {
        "document_id": uploaded["id"],
        "conversation_id": answer["conversation_id"],
        "message_id": other["message_id"],
    }
