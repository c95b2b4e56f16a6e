"""What is migrated is the same, bit for bit, as the stores themselves tell, and the report says so."""

import json
from array import array
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.migrate.library import DocumentStore, dumped

Own = Callable[[int], DocumentStore]

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
def test_both_stores_hold_the_same(library: Own) -> None:
    it = library(30)
    assert it.migrate().status == 0
    stored = {name: [json.loads(row) for row in rows] for name, rows in dumped(it.old).items()}
    (points,) = [stored[name] for name in stored if name.startswith("random@")]
    with it.database() as connection:
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
def test_the_report_tells_what_was_compared(library: Own) -> None:
    it = library(30)
    outcome = it.migrate()
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
    again = it.migrate().report
    assert (again["copied"]["documents"], again["already_there"], again["equal"]) == (0, 30, True)


@pytest.mark.timeout(300)
def test_weights_of_double_precision_are_rounded_and_counted(library: Own) -> None:
    it = library(6)
    it.write(double=[40, 41])
    outcome = it.migrate()
    assert outcome.status == 0, outcome.output
    assert outcome.report["weights_rounded"] > 50
    assert "single precision" in outcome.output


@pytest.mark.timeout(300)
def test_there_and_back_again(library: Own) -> None:
    it = library(30)
    back = DocumentStore(it.old.parent / "back", it.new)
    assert it.migrate().status == 0
    outcome = back.migrate("--to-layer2")
    assert (outcome.status, outcome.report["copied"]["documents"]) == (0, 30), outcome.output
    assert without_notes(back) == without_notes(it)
    with it.database() as connection:
        connection.execute("DELETE FROM documents WHERE filename = 'note 7.txt'")
    outcome = back.migrate("--to-layer2")
    assert (outcome.status, outcome.report["removed"]) == (0, 1), outcome.output
    assert len(without_notes(back)["documents"]) == 29


def without_notes(library: DocumentStore) -> dict[str, list[str]]:
    return dumped(library.old)
