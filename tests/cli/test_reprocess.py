"""`mystack reprocess`, with a real layer whose documents were read by an earlier parser."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psycopg
import pytest
from typer.testing import Result

from mystack.project import find_layer
from mystack.server import serving

Invoke = Callable[..., Result]


@dataclass(frozen=True)
class Layer:
    """A running layer, and its database."""

    url: str
    database: str

    def upload(self, name: str, **form: str) -> None:
        file = (name, f"The ferry of {name} leaves at seven.".encode())
        answer = httpx2.post(f"{self.url}/documents", files={"file": file}, data=form, timeout=60, trust_env=False)
        assert answer.status_code == 201, answer.text

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.database) as connection:
            connection.execute(statement.encode())

    def outdated(self) -> list[str]:
        documents = httpx2.get(f"{self.url}/documents", trust_env=False).json()["documents"]
        return [document["filename"] for document in documents if document["outdated"]]


@contextmanager
def running(layer: str, folder: Path) -> Iterator[Layer]:
    with (folder / "log").open("wb") as log, serving(find_layer(layer), folder, env=None, output=log) as server:
        yield Layer(server.url, server.services.settings["DATABASE_URL"])


@pytest.mark.timeout(300)
def test_documents_are_read_again_and_those_without_a_file_are_told_how(
    tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mystack.reprocess.PAGE", 2)
    with running("4", tmp_path) as layer:
        for name in ("1.txt", "2.txt", "3.txt", "unkept.txt"):
            layer.upload(name)
        layer.execute("UPDATE files SET data = NULL WHERE filename = 'unkept.txt'")
        layer.execute("UPDATE documents SET parser = 1")
        done = invoke("reprocess", "--url", layer.url)
        assert (done.exit_code, "3 documents were read again." in done.stdout) == (0, True), done.stderr
        assert layer.outdated() == ["unkept.txt"]
        assert f"unkept.txt: curl {layer.url}/documents -F file=@FILE -F replaces=" in done.stdout
        again = invoke("reprocess", "--url", layer.url)
        assert "There is no document to read again." in again.stdout
        assert "unkept.txt" in again.stdout


@pytest.mark.timeout(300)
def test_a_layer_without_jobs_is_helped_too(tmp_path: Path, invoke: Invoke) -> None:
    with running("3", tmp_path) as layer:
        layer.upload("1.txt")
        layer.execute("UPDATE documents SET parser = 1")
        told = invoke("reprocess", "--url", layer.url)
        assert (told.exit_code, "1.txt: curl" in told.stdout) == (0, True), told.stderr
        found = re.search(r"replaces=(\S+)", told.stdout)
        assert found, told.stdout
        layer.upload("1.txt", replaces=found[1])
        assert layer.outdated() == []
