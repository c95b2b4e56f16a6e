"""A migration preserves documents bit for bit, as the content of both stores shows, and reports the comparison."""

import json
from array import array
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.migrate.folders import DataFolders, dumped

MakeFolders = Callable[[int], DataFolders]

CHUNKS = """
    SELECT json_build_object('_id', id, 'document_id', document_id, 'index', index, 'page', page, 'start', start,
        'end', "end", 'text', text, 'heading', heading)
    FROM chunks ORDER BY id
"""
DOCUMENTS = """
    SELECT json_build_object('id', id, 'filename', filename, 'content_type', content_type, 'size_bytes', size_bytes,
        'sha256', sha256, 'pages', pages, 'chunks', chunks), created_at, metadata::text
    FROM documents ORDER BY id
"""
VECTORS = """
    SELECT id::text, dense::real[], array_agg(term ORDER BY term), array_agg(weight ORDER BY term)
    FROM chunks
    JOIN embeddings ON embeddings.chunk_number = number
    JOIN postings ON postings.chunk_number = number
    GROUP BY id, dense
"""


@pytest.mark.timeout(300)
def test_both_stores_have_the_same_content(after_migration: MakeFolders) -> None:
    data = after_migration(30)
    stored = {name: [json.loads(row) for row in rows] for name, rows in dumped(data.old).items()}
    (points,) = [stored[name] for name in stored if name.startswith("random@")]
    with data.database() as connection:
        chunks = [row[0] for row in connection.execute(CHUNKS)]
        vectors = {id: others for id, *others in connection.execute(VECTORS)}
        documents = list(connection.execute(DOCUMENTS))
        texts = list(connection.execute("SELECT document_id::text, text FROM texts ORDER BY document_id"))
        (space,) = connection.execute("SELECT name, dimension, state FROM embedding_spaces")
    assert space == ("random@000000000000/fp32/48", 48, "active")
    assert chunks == sorted(stored["chunks"], key=lambda row: row["_id"])
    assert texts == sorted((row["_id"], row["text"]) for row in stored["texts"])
    for (found, created_at, metadata), row in zip(
        documents, sorted(stored["documents"], key=lambda row: row["id"]), strict=True
    ):
        assert found == {name: row[name] for name in found}
        assert created_at.replace(tzinfo=None) == datetime.fromisoformat(row["created_at"]).replace(tzinfo=None)
        assert repr(json.loads(metadata)) == repr(dict(row["metadata"])), "types and the order of the keys count"
    assert len(points) == len(vectors) == len(chunks)
    for point in points:
        dense, terms, weights = vectors[point["id"]]
        assert array("f", dense) == array("f", point["vector"]["dense"])
        assert terms == point["vector"]["sparse"]["indices"]
        assert array("f", weights) == array("f", point["vector"]["sparse"]["values"])


@pytest.mark.timeout(300)
def test_the_report_names_everything_that_was_compared(folders: MakeFolders) -> None:
    data = folders(30)
    outcome = data.migrate()
    report = outcome.report
    chunks = report["counts"]["source"]["chunks"]
    assert report["equal"]
    assert report["counts"]["target"] == {"documents": 30, "chunks": chunks} == report["compared"] == report["copied"]
    assert report["vectors_compared"] == chunks
    assert report["weights_rounded"] == 0
    assert len(report["checksums"]) == 30
    assert sum(len(sums["chunks"]) for sums in report["checksums"].values()) == chunks
    assert len({sums["document"] for sums in report["checksums"].values()}) == 30
    assert len(report["questions"]) == 3 * min(100, chunks)
    for question in report["questions"]:
        assert question["verdict"] in ("same", "ties")
        assert question["source"]
        assert len(question["source"]) == len(question["target"]) <= report["top_k"]
    assert {question["mode"] for question in report["questions"]} == {"hybrid", "dense", "sparse"}
    assert "documents/s" in outcome.output
    again = data.migrate().report
    assert (again["copied"]["documents"], again["already_there"], again["equal"]) == (0, 30, True)


@pytest.mark.timeout(300)
def test_weights_in_double_precision_are_rounded_and_counted(folders: MakeFolders) -> None:
    data = folders(6)
    data.write(double=[40, 41])
    outcome = data.migrate()
    assert outcome.status == 0, outcome.output
    assert outcome.report["weights_rounded"] > 50
    assert "single precision" in outcome.output


@pytest.mark.timeout(300)
def test_a_migration_back_restores_layer_2(after_migration: MakeFolders) -> None:
    data = after_migration(30)
    back = DataFolders(data.old.parent / "back", data.new)
    outcome = back.migrate("--to-layer2")
    assert (outcome.status, outcome.report["copied"]["documents"]) == (0, 30), outcome.output
    assert dumped(back.old) == dumped(data.old)
    with data.database() as connection:
        connection.execute("DELETE FROM documents WHERE filename = 'note 7.txt'")
    outcome = back.migrate("--to-layer2")
    assert (outcome.status, outcome.report["removed"]) == (0, 1), outcome.output
    assert len(dumped(back.old)["documents"]) == 29
