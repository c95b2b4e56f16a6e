"""Run again, the command brings over what changed in the source since, and nothing that is somebody else's is lost."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mystack.embedded import services
from tests.migrate.library import DocumentStore, dumped, migrated

Own = Callable[[int], DocumentStore]

OF_SOMEBODY = """
    INSERT INTO documents
    VALUES (gen_random_uuid(), 'mine.txt', 'text/plain', 1, repeat('0', 64), NULL, 0, now(), '{}', '{}')
"""


def names(library: DocumentStore) -> set[str]:
    with library.database() as connection:
        return {row[0] for row in connection.execute("SELECT filename FROM documents")}


@pytest.mark.timeout(400)
def test_added_replaced_and_deleted_documents_follow(library: Own) -> None:
    it = library(12)
    assert it.migrate().status == 0
    it.write(add=[50, 51], replace=[[3, 60]], delete=[4], again=[5])
    outcome = it.migrate()
    assert outcome.status == 0, outcome.output
    assert outcome.report["copied"]["documents"] == 4
    assert outcome.report["removed"] == 2
    assert names(it) == {f"note {n}.txt" for n in (0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 50, 51, 60)}


@pytest.mark.timeout(400)
def test_what_was_uploaded_to_the_target_stays_and_is_named(library: Own) -> None:
    it = library(6)
    assert it.migrate().status == 0
    with it.database() as connection:
        connection.execute(OF_SOMEBODY.encode())
    outcome = it.migrate()
    assert outcome.status == 1
    ((document, places),) = outcome.report["differences"].items()
    assert document.startswith("mine.txt")
    assert "--delete-extra" in places[0]
    assert "mine.txt" in names(it)
    assert it.migrate("--delete-extra").status == 0
    assert "mine.txt" not in names(it)


@pytest.mark.timeout(400)
def test_a_dry_run_writes_nothing(library: Own) -> None:
    it = library(12)
    source = dumped(it.old)
    outcome = it.migrate("--dry-run")
    assert (outcome.status, outcome.report["planned"]["copy"]) == (0, 12)
    assert not it.new.exists()
    assert it.migrate().status == 0
    it.write(add=[50], delete=[4])
    before = it.rows()
    outcome = it.migrate("--dry-run")
    planned = {"copy": 1, "remove": 1, "leave_as_they_are": 11, "leave_alone": 0}
    assert (outcome.status, outcome.report["planned"]) == (0, planned)
    assert it.rows() == before
    it.write(add=[4], delete=[50])
    assert dumped(it.old) == source


@pytest.mark.timeout(400)
def test_servers_are_named_by_their_addresses(library: Own, tmp_path: Path) -> None:
    it = library(6)
    with services(2, it.old) as old, services(3, tmp_path / "server") as new:
        stores = ["--mongodb-url", old["MONGODB_URL"], "--qdrant-path", old["QDRANT_PATH"]]
        outcome = migrated(*stores, "--database-url", new["DATABASE_URL"], report=tmp_path / "report.json")
        assert outcome.status == 0, outcome.output
        assert outcome.report["copied"]["documents"] == 6
        assert secret(new) not in outcome.output


def secret(settings: Mapping[str, str]) -> str:
    return settings["DATABASE_URL"].split(":")[2].split("@")[0]


def test_a_library_in_use_is_one_sentence(library: Own) -> None:
    it = library(6)
    with services(2, it.old):
        outcome = it.migrate()
    assert outcome.status == 2
    assert f"{it.old} is in use by another run" in outcome.output
    assert "Traceback" not in outcome.output


def test_a_folder_without_a_library_is_one_sentence(tmp_path: Path) -> None:
    outcome = DocumentStore(tmp_path / "nothing", tmp_path / "new").migrate()
    assert (outcome.status, "there is nothing of layer 2 in" in outcome.output) == (2, True)
    assert not (tmp_path / "nothing").exists()
    assert not (tmp_path / "new").exists()


def test_two_libraries_in_one_folder_are_one_sentence(library: Own) -> None:
    it = library(6)
    outcome = DocumentStore(it.old, it.old).migrate()
    assert (outcome.status, "name another with --data" in outcome.output) == (2, True)


def test_half_an_address_is_one_sentence(tmp_path: Path) -> None:
    outcome = migrated("--mongodb-url", "mongodb://127.0.0.1:1", report=tmp_path / "report.json")
    assert (outcome.status, "--qdrant-path" in outcome.output) == (2, True)
