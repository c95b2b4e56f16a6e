"""What was uploaded to layer 2 is found, quoted and filtered by the newest layer as it was there."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from mystack.project import ROOT, find_layer
from mystack.server import Server, serving
from tests.migrate.library import DocumentStore, environment
from tests.uploading import ready

GUIDES = sorted((ROOT / "docs" / "layer1").glob("*.md"))[:4]
QUESTIONS = ["How is an answer streamed?", "Which model answers?", "docker compose", "an unknown zebra"]


def told(server: Server) -> list[Any]:
    """All that the two layers should say alike."""
    with httpx2.Client(base_url=server.url, timeout=60, trust_env=False) as http:
        documents = http.get("/documents/list").json()["documents"]
        said: list[Any] = [documents]
        for document in documents:
            said += [http.get(f"/documents/{document['id']}/{part}").json() for part in ("chunks", "text")]
        for question in QUESTIONS:
            for limits in ({}, {"filters": {"part": 1}}):
                said.append(http.post("/search", json={"query": question, "top_k": 8, **limits}).json()["hits"])
        return said


def but_for_last_bits(said: Any) -> Any:
    """To be compared with: floats are sums, added up in another order by another engine."""
    if isinstance(said, float):
        return pytest.approx(said, abs=1e-5)
    if isinstance(said, list):
        return [but_for_last_bits(it) for it in said]
    return {name: but_for_last_bits(it) for name, it in said.items()} if isinstance(said, dict) else said


@pytest.mark.timeout(400)
def test_the_newest_layer_says_what_layer_2_said(tmp_path: Path) -> None:
    it = DocumentStore(tmp_path / "old", tmp_path / "new")
    env = environment() | {"LLM_PROVIDER": "extractive", "LOG_LEVEL": "WARNING"}
    with (
        serving(find_layer(2), it.old, env=env) as server,
        httpx2.Client(base_url=server.url, timeout=60, trust_env=False) as http,
    ):
        for number, guide in enumerate(GUIDES):
            form = {"metadata": f'{{"part": {number % 2}, "name": "{guide.stem}"}}'}
            files = {"file": (guide.name, guide.read_bytes())}
            ready(http, http.post("/documents/upload", files=files, data=form))
        before = told(server)
    outcome = it.migrate()
    assert outcome.status == 0, outcome.output
    with serving(find_layer(), it.new, env=env) as server:
        assert told(server) == but_for_last_bits(before)
