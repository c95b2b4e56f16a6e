"""A later run applies the changes of the source, and keeps documents that were uploaded to the target."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mystack.embedded import services
from tests.migrate.folders import DataFolders, dumped, migrated, opened

MakeFolders = Callable[[int], DataFolders]

UPLOADED = """
    INSERT INTO documents
    VALUES (gen_random_uuid(), 'mine.txt', 'text/plain', 1, repeat('0', 64), NULL, 0, now(), '{}', '{}')
"""

TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"


def names(data: DataFolders) -> set[str]:
    with data.database() as connection:
        return {row[0] for row in connection.execute("SELECT filename FROM documents")}


@pytest.mark.timeout(400)
def test_added_replaced_and_deleted_documents_are_applied(after_migration: MakeFolders) -> None:
    data = after_migration(12)
    data.write(add=[50, 51], replace=[[3, 60]], delete=[4], again=[5])
    outcome = data.migrate()
    assert outcome.status == 0, outcome.output
    assert outcome.report["copied"]["documents"] == 4
    assert outcome.report["removed"] == 2
    assert names(data) == {f"note {n}.txt" for n in (0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 50, 51, 60)}


@pytest.mark.timeout(400)
def test_documents_uploaded_to_the_target_are_kept_and_reported(after_migration: MakeFolders) -> None:
    data = after_migration(12)
    with data.database() as connection:
        connection.execute(UPLOADED.encode())
    outcome = data.migrate()
    assert outcome.status == 1
    ((document, differences),) = outcome.report["differences"].items()
    assert document.startswith("mine.txt")
    assert "--delete-extra" in differences[0]
    assert "mine.txt" in names(data)
    assert data.migrate("--delete-extra").status == 0
    assert "mine.txt" not in names(data)


@pytest.mark.timeout(400)
def test_a_dry_run_writes_nothing(folders: MakeFolders) -> None:
    data = folders(12)
    source = dumped(data.old)
    outcome = data.migrate("--dry-run")
    assert (outcome.status, outcome.report["planned"]["copy"]) == (0, 12)
    assert not data.new.exists()
    assert data.migrate().status == 0
    data.write(add=[50], delete=[4])
    before = data.rows()
    outcome = data.migrate("--dry-run")
    planned = {"copy": 1, "remove": 1, "keep": 11, "leave_alone": 0}
    assert (outcome.status, outcome.report["planned"]) == (0, planned)
    assert data.rows() == before
    data.write(add=[4], delete=[50])
    assert dumped(data.old) == source


@pytest.mark.timeout(400)
def test_a_dry_run_reads_an_empty_database_and_an_older_schema_without_changing_them(
    folders: MakeFolders, tmp_path: Path
) -> None:
    data = folders(6)
    stores = ["--from-data", str(data.old), "--dry-run"]
    with services(3, tmp_path / "server") as new, opened(new["DATABASE_URL"]) as connection:
        outcome = migrated(*stores, "--database-url", new["DATABASE_URL"], report=tmp_path / "report.json")
        assert (outcome.status, outcome.report["planned"]["copy"]) == (0, 6), outcome.output
        assert connection.execute(TABLES).fetchone() == (0,)
        connection.execute("CREATE TABLE documents (id uuid)")
        outcome = migrated(*stores, "--database-url", new["DATABASE_URL"], report=tmp_path / "report.json")
        assert outcome.status == 2, outcome.output
        assert "The database has an older schema, and this connection is read-only" in outcome.output
        assert connection.execute(TABLES).fetchone() == (1,)


@pytest.mark.timeout(400)
def test_servers_are_given_by_their_urls(folders: MakeFolders, tmp_path: Path) -> None:
    data = folders(6)
    with services(2, data.old) as old, services(3, tmp_path / "server") as new:
        stores = ["--mongodb-url", old["MONGODB_URL"], "--qdrant-path", old["QDRANT_PATH"]]
        outcome = migrated(*stores, "--database-url", new["DATABASE_URL"], report=tmp_path / "report.json")
        assert outcome.status == 0, outcome.output
        assert outcome.report["copied"]["documents"] == 6
        assert secret(new) not in outcome.output


def secret(settings: Mapping[str, str]) -> str:
    return settings["DATABASE_URL"].split(":")[2].split("@")[0]


def test_a_data_folder_in_use_is_refused_in_one_sentence(folders: MakeFolders) -> None:
    data = folders(6)
    with services(2, data.old):
        outcome = data.migrate()
    assert outcome.status == 2
    assert f"{data.old} is in use by another run" in outcome.output
    assert "Traceback" not in outcome.output


def test_a_folder_without_documents_is_refused_in_one_sentence(tmp_path: Path) -> None:
    outcome = DataFolders(tmp_path / "nothing", tmp_path / "new").migrate()
    assert (outcome.status, "there is nothing of layer 2 in" in outcome.output) == (2, True)
    assert not (tmp_path / "nothing").exists()
    assert not (tmp_path / "new").exists()


def test_source_and_target_in_one_folder_are_refused_in_one_sentence(folders: MakeFolders) -> None:
    data = folders(6)
    outcome = DataFolders(data.old, data.old).migrate()
    assert (outcome.status, "name another with --data" in outcome.output) == (2, True)


def test_a_url_of_only_one_store_is_refused_in_one_sentence(tmp_path: Path) -> None:
    outcome = migrated("--mongodb-url", "mongodb://127.0.0.1:1", report=tmp_path / "report.json")
    assert (outcome.status, "--qdrant-path" in outcome.output) == (2, True)
