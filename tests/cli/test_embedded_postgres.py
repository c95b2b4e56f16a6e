"""The embedded PostgreSQL: its role is unprivileged, its data survives, and damaged files are one sentence."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mystack.embedded import services
from mystack.project import Layer, Refusal
from tests.cli.processes import alive, descendants, started, until

psycopg = pytest.importorskip("psycopg", reason="installed from layer 3 on")

NEEDS = Layer(3, Path("layer3_stub"))
"""The services of layer 3 are started, and the layer itself is not."""

KEEP_RUNNING = """
import sys, time
from pathlib import Path
import psycopg
from mystack.embedded import started
from mystack.project import Layer
with started(Layer(3, Path("layer3_stub")), Path(sys.argv[1]), {}) as running:
    with psycopg.connect(running.settings["DATABASE_URL"]) as connection:
        connection.execute("INSERT INTO notes VALUES ('kept')")
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that was used once."""
    folder = tmp_path_factory.mktemp("postgres")
    with services(NEEDS, folder) as settings, psycopg.connect(settings["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE notes (text text)")
    return folder


@pytest.fixture
def used(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it, which a test may damage."""
    folder = tmp_path / "data"
    shutil.copytree(made, folder)
    for path in [folder / "postgresql" / "data", *(folder / "postgresql" / "data").rglob("*")]:
        owner = (made / path.relative_to(folder)).stat()
        os.chown(path, owner.st_uid, owner.st_gid)
    yield folder
    shutil.rmtree(folder)


def refusal(folder: Path) -> str:
    with pytest.raises(Refusal) as refused, services(NEEDS, folder):
        pass
    return str(refused.value)


def notes(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM notes")]


def test_the_role_is_unprivileged_and_owns_its_database(used: Path) -> None:
    with services(NEEDS, used) as settings, psycopg.connect(settings["DATABASE_URL"]) as connection:
        rights = "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(rights).fetchone() == (False, False, False)
        owner = "SELECT pg_get_userbyid(datdba) = current_user FROM pg_database WHERE datname = current_database()"
        assert connection.execute(owner).fetchone() == (True,)


def test_a_wrong_password_is_rejected(used: Path) -> None:
    with services(NEEDS, used) as settings:
        _, _, address = settings["DATABASE_URL"].rpartition("@")
        for role in ("mystack", "postgres"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(f"postgresql://{role}:wrong@{address}")
    assert (used / "postgresql" / "password").stat().st_mode & 0o077 == 0


def test_a_given_database_is_used_instead(tmp_path: Path) -> None:
    with services(NEEDS, tmp_path / "data", {"DATABASE_URL": "postgresql://db.example/x"}) as settings:
        assert settings == {}
    assert not (tmp_path / "data").exists()


def test_a_killed_run_leaves_no_child_and_keeps_what_it_wrote(used: Path) -> None:
    with started(["-c", KEEP_RUNNING, str(used)]) as program:
        program.says("ready")
        children = descendants(program.process.pid)
        assert len(children) > 2
        program.send(signal.SIGKILL)
        with services(NEEDS, used) as settings:
            assert not any(map(alive, children)), "the folder is free only when its last user has ended"
            assert notes(settings["DATABASE_URL"]) == ["kept"]


def test_a_killed_postgresql_starts_again_on_its_files(used: Path) -> None:
    with started(["-c", KEEP_RUNNING, str(used)]) as program:
        program.says("ready")
        children = descendants(program.process.pid)
        os.kill(int((used / "postgresql/data/postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        until(lambda: alive(children[0]) is False, 15, "its parent process has ended")
    with services(NEEDS, used) as settings:
        assert notes(settings["DATABASE_URL"]) == ["kept"]


def test_files_of_another_version_are_one_sentence(used: Path) -> None:
    (used / "postgresql/data/PG_VERSION").write_text("16\n")
    message = refusal(used)
    assert "was made by PostgreSQL 16, and this is PostgreSQL 18" in message
    assert "choose another folder with DATA=…" in message
    assert (used / "postgresql/data/PG_VERSION").read_text() == "16\n", "nothing is deleted"


@pytest.mark.parametrize("name", ["data/PG_VERSION", "password"])
def test_a_missing_file_is_one_sentence_that_names_it(used: Path, name: str) -> None:
    (used / "postgresql" / name).unlink()
    assert f"is damaged: postgresql/{name} is missing" in refusal(used)


def test_another_password_is_one_sentence(used: Path) -> None:
    (used / "postgresql/password").write_text("something else")
    assert "is damaged: postgresql/password does not match the database" in refusal(used)


@pytest.mark.parametrize("name", ["global/pg_control", "pg_hba.conf"])
def test_a_damaged_file_is_one_sentence_with_postgresqls_message(used: Path, name: str) -> None:
    (used / "postgresql/data" / name).write_bytes(b"this was a file once\n")
    message = refusal(used)
    assert message.startswith("the embedded PostgreSQL did not start (")
    assert f"its log is {used / 'postgresql.log'}" in message
    assert "\n" not in message


def test_incomplete_files_are_created_again(tmp_path: Path) -> None:
    (tmp_path / "postgresql/new/base").mkdir(parents=True)
    with services(NEEDS, tmp_path) as settings, psycopg.connect(settings["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not (tmp_path / "postgresql/new").exists()
