"""After a migration the newest layer lists, searches and filters documents exactly as layer 2 did."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from mystack.project import ROOT, find_layer
from mystack.server import Server, serving
from tests.migrate.folders import DataFolders, environment
from tests.uploading import ready

GUIDES = sorted((ROOT / "docs" / "layer1").glob("*.md"))[:4]
QUESTIONS = ["How is an answer streamed?", "Which model answers?", "docker compose", "an unknown zebra"]


def answers(server: Server) -> list[Any]:
    """The answers that both layers must give alike."""
    with httpx2.Client(base_url=server.url, timeout=60, trust_env=False) as http:
        documents = http.get("/documents/list").json()["documents"]
        found: list[Any] = [documents]
        for document in documents:
            found += [http.get(f"/documents/{document['id']}/{part}").json() for part in ("chunks", "text")]
        for question in QUESTIONS:
            for limits in ({}, {"filters": {"part": 1}}):
                found.append(http.post("/search", json={"query": question, "top_k": 8, **limits}).json()["hits"])
        return found


def approximate(value: Any) -> Any:
    """The value with tolerance for its floats: they are sums that each engine adds in its own order."""
    if isinstance(value, float):
        return pytest.approx(value, abs=1e-5)
    if isinstance(value, list):
        return [approximate(item) for item in value]
    return {name: approximate(item) for name, item in value.items()} if isinstance(value, dict) else value


def without_further_fields(value: Any, expected: Any) -> Any:
    """The value with the fields that are expected: a later layer may add some."""
    if isinstance(value, dict) and isinstance(expected, dict):
        return {name: without_further_fields(value[name], expected[name]) for name in value if name in expected}
    if isinstance(value, list) and isinstance(expected, list) and len(value) == len(expected):
        return [without_further_fields(*pair) for pair in zip(value, expected, strict=True)]
    return value


@pytest.mark.timeout(400)
def test_the_newest_layer_answers_as_layer_2_did(tmp_path: Path) -> None:
    data = DataFolders(tmp_path / "old", tmp_path / "new")
    env = environment() | {"LLM_PROVIDER": "extractive", "LOG_LEVEL": "WARNING"}
    with (
        serving(find_layer(2), data.old, env=env) as server,
        httpx2.Client(base_url=server.url, timeout=60, trust_env=False) as http,
    ):
        for number, guide in enumerate(GUIDES):
            form = {"metadata": f'{{"part": {number % 2}, "name": "{guide.stem}"}}'}
            files = {"file": (guide.name, guide.read_bytes())}
            ready(http, http.post("/documents/upload", files=files, data=form))
        before = answers(server)
    outcome = data.migrate()
    assert outcome.status == 0, outcome.output
    with serving(find_layer(), data.new, env=env) as server:
        assert without_further_fields(answers(server), before) == approximate(before)
