"""A data folder of layer 4 is upgraded in place by layer 5: everything is still there, and new work goes on."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from mystack.project import ROOT, find_layer
from mystack.server import Server, serving
from tests.migrate.folders import environment
from tests.migrate.test_apps import approximate, without_further_fields
from tests.uploading import ready

GUIDES = sorted((ROOT / "docs" / "layer1").glob("*.md"))
QUESTIONS = ("How is an answer streamed?", "docker compose")
READ = ("/documents", "/conversations", "/jobs", "/sources", "/quality")


def client(server: Server) -> httpx2.Client:
    return httpx2.Client(base_url=server.url, timeout=60, trust_env=False)


def content(http: httpx2.Client) -> dict[str, Any]:
    """All that a client can read, and what it finds."""
    found: dict[str, Any] = {path: http.get(path).json() for path in READ}
    for document in found["/documents"]["documents"]:
        for part in ("chunks", "text"):
            path = f"/documents/{document['id']}/{part}"
            found[path] = http.get(path).json()
        found[f"{document['id']} original"] = http.get(f"/documents/{document['id']}/file").content
    for conversation in found["/conversations"]["conversations"]:
        path = f"/conversations/{conversation['id']}"
        found[path] = http.get(path).json()
    for question in QUESTIONS:
        found[question] = http.post("/search", json={"query": question, "top_k": 5}).json()["hits"]
    return found


@pytest.mark.timeout(400)
def test_layer_5_starts_on_the_data_of_layer_4(tmp_path: Path) -> None:
    env = environment() | {"LLM_PROVIDER": "extractive", "LOG_LEVEL": "WARNING"}
    with serving(find_layer(4), tmp_path, env=env) as server, client(server) as http:
        for guide in GUIDES:
            ready(http, http.post("/documents/upload", files={"file": (guide.name, guide.read_bytes())}))
        first = http.post("/chat", json={"message": QUESTIONS[0]}).json()["conversation_id"]
        http.post("/chat", json={"message": QUESTIONS[1], "conversation_id": first}).raise_for_status()
        before = content(http)
    assert len(before["/documents"]["documents"]) == len(GUIDES)
    assert len(before[f"/conversations/{first}"]["messages"]) == 4
    assert before["/jobs"]["jobs"]
    with serving(find_layer(5), tmp_path, env=env) as server, client(server) as http:
        assert http.get("/health").json()["layer"] == 5
        assert without_further_fields(content(http), before) == approximate(before)
        goes_on = http.post("/chat", json={"message": QUESTIONS[0], "conversation_id": first})
        assert goes_on.json()["sources"]
        ready(http, http.post("/documents/upload", files={"file": ("new.txt", b"The ferry leaves at seven.\n")}))
