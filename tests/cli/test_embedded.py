"""Embedded services keep their data, lock their folder, and end with the process that started them."""

import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from mystack.embedded import services
from mystack.project import Layer, Refusal
from mystack.server import serving
from tests.cli.processes import alive, started, until

pymongo = pytest.importorskip("pymongo", reason="installed from layer 2 on")

STORES = Layer(2, Path("layer2_stub"))
"""The services of layer 2 are started, and the layer itself is not."""

KEEP_RUNNING = """
import sys, time
from pathlib import Path
import pymongo
from mystack.embedded import started
from mystack.project import Layer
with started(Layer(2, Path("layer2_stub")), Path(sys.argv[1]), {}) as running:
    pymongo.MongoClient(running.settings["MONGODB_URL"]).test.notes.insert_one({"text": "kept"})
    print("children", *[child.pid for child in running.children], "ready", flush=True)
    time.sleep(600)
"""

PROTOCOL = "from uvicorn.protocols.http.h11_impl import H11Protocol as Protocol"
STUB_APP = """
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
import os
def settings(request):
    return JSONResponse({name: os.environ.get(name) for name in ("MONGODB_URL", "QDRANT_PATH")})
def create_app():
    ready = Route("/health/ready", lambda request: JSONResponse({}))
    return Starlette(routes=[ready, Route("/settings", settings)])
"""


def notes(settings: dict[str, str]) -> list[str]:
    with pymongo.MongoClient(settings["MONGODB_URL"]) as client:
        return [note["text"] for note in client.test.notes.find()]


def test_data_survives_a_restart(tmp_path: Path) -> None:
    with services(STORES, tmp_path) as settings, pymongo.MongoClient(settings["MONGODB_URL"]) as client:
        client.test.notes.insert_one({"text": "kept"})
    with services(STORES, tmp_path) as settings:
        assert notes(settings) == ["kept"]
        assert settings["QDRANT_PATH"] == str(tmp_path / "qdrant")


def test_a_given_server_is_used_instead(tmp_path: Path) -> None:
    given = {"MONGODB_URL": "mongodb://db.example", "QDRANT_URL": "http://vectors.example"}
    with services(STORES, tmp_path / "data", given) as settings:
        assert settings == {}
    assert not (tmp_path / "data").exists()


def test_a_killed_run_leaves_no_child_and_no_locked_folder(tmp_path: Path) -> None:
    with started(["-c", KEEP_RUNNING, str(tmp_path)]) as program:
        program.says("ready")
        child = int(program.text.split()[1])
        program.send(signal.SIGKILL)
        with services(STORES, tmp_path) as settings:
            assert not alive(child), "the folder is free only when its last user has ended"
            assert notes(settings) == ["kept"]


def test_a_folder_in_use_is_one_sentence(tmp_path: Path) -> None:
    message = f"in use by another run .process {os.getpid()}"
    with services(STORES, tmp_path), pytest.raises(Refusal, match=message), services(STORES, tmp_path):
        pass


def test_a_file_in_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(Refusal, match="is not a folder"), services(STORES, folder):
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="root can write everywhere except in /proc")
def test_a_folder_that_cannot_be_written_is_one_sentence() -> None:
    with pytest.raises(Refusal, match="cannot be written"), services(STORES, Path("/proc/mystack")):
        pass


@pytest.mark.parametrize("name", ["mongodb/mystack.db", "qdrant/collection/chunks/storage.sqlite", "qdrant/meta.json"])
def test_a_damaged_file_is_one_sentence_that_names_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this was a database once " * 100)
    with pytest.raises(Refusal, match=f"is damaged: {name}"), services(STORES, tmp_path):
        pass
    assert path.read_bytes().startswith(b"this was"), "nothing is deleted"


def test_a_whole_database_is_not_touched_by_the_check(tmp_path: Path) -> None:
    (tmp_path / "mongodb").mkdir()
    path = tmp_path / "mongodb" / "test.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE kept (a)")
    with services(STORES, tmp_path):
        pass
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_layer_gets_its_stores_as_settings_and_stops_with_them(tmp_path: Path) -> None:
    folder = tmp_path / "layer2_stub"
    (folder / "api" / "http").mkdir(parents=True)
    (folder / "api" / "__init__.py").touch()
    (folder / "api" / "http" / "__init__.py").touch()
    (folder / "api" / "main.py").write_text(STUB_APP)
    (folder / "api" / "config.py").write_text("class Settings: pass")
    (folder / "api" / "http" / "protocol.py").write_text(PROTOCOL)
    with serving(Layer(2, folder), tmp_path / "data") as server:
        settings = httpx2.get(server.url + "/settings").json()
        assert settings == server.services.settings
        pids = [server.app.pid, *(child.pid for child in server.services.children)]
        assert all(map(alive, pids))
    until(lambda: not any(map(alive, pids)), 5, "all have ended")
