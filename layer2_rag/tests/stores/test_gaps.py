"""Erased points of Qdrant's local mode do not stay in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from qdrant_client.local.qdrant_local import QdrantLocal

from api.adapters.qdrant import local as qdrant_local
from api.adapters.qdrant.local import LocalQdrantEngine, open_folder
from api.services.embedding.embeddings import Space
from tests.embeddings.fake_encoder import DIMENSION, FakeEncoder
from tests.stores.drafts import draft, query


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalQdrantEngine]:
    monkeypatch.setattr(qdrant_local, "FEW_ERASED", 3)
    client = open_folder(tmp_path)
    yield LocalQdrantEngine(client)
    client.close()


def in_memory(engine: LocalQdrantEngine, collection: str) -> int:
    local = engine.client._client
    assert isinstance(local, QdrantLocal)
    return len(local.collections[collection].payload)


def test_added_and_erased_points_leave_few_gaps_and_do_not_change_the_hits(engine: LocalQdrantEngine) -> None:
    collection = engine.open(Space(FakeEncoder.space, DIMENSION))
    stays = draft("the heron fishes\nthe fern unrolls\nthe otter swims")
    engine.put(collection, stays)
    asked = query("which heron fishes")
    before = engine.search(collection, asked)
    for number in range(20):
        goes = draft(f"train {number}\nship {number}")
        engine.put(collection, goes)
        engine.erase(collection, goes.document.id)
        assert in_memory(engine, collection) <= 3 + 3 + 2
    after = engine.search(collection, asked)
    assert {found.chunk_id for found in after} == {found.chunk_id for found in before}
    assert [found.score for found in after] == pytest.approx([found.score for found in before], abs=1e-5)
    assert engine.counts(collection) == {stays.document.id: 3}
