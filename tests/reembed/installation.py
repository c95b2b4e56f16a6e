"""The newest layer on a data folder, with one of several small models."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psycopg

from mystack.embedded import services
from mystack.migrate.locations import running_postgresql
from mystack.project import find_layer
from mystack.server import serving
from tests.migrate.folders import opened
from tests.uploading import ready

SETTINGS = ("MONGODB_URL", "QDRANT_URL", "QDRANT_PATH", "DATABASE_URL", "EMBEDDING_MODEL", "EMBEDDING_PATH", "API_KEY")
TALE = "The {n}th keeper of lamp {n} wrote letter {n} about the heron, the tide and engine number {n}."


def tale(first: int, paragraphs: int) -> str:
    """A text with that number of paragraphs, each of which becomes one or two chunks."""
    return "\n\n".join(f"# Night {n}\n\n" + " ".join([TALE.format(n=n)] * 6) for n in range(first, first + paragraphs))


@dataclass(frozen=True)
class Client:
    """A client of a running layer."""

    http: httpx2.Client

    def upload(self, text: str, name: str) -> str:
        return str(ready(self.http, self.http.post("/documents/upload", files={"file": (name, text.encode())}))["id"])

    def delete(self, id: str) -> None:
        assert self.http.delete(f"/documents/{id}").status_code == 204

    def search(self, query: str, mode: str = "dense") -> httpx2.Response:
        return self.http.post("/search", json={"query": query, "mode": mode})

    def ids(self) -> list[str]:
        return [document["id"] for document in self.http.get("/documents").json()["documents"]]

    def space(self) -> dict[str, str]:
        """What /health says about the embedding space."""
        dependencies = self.http.get("/health").json()["dependencies"]
        return dict(next(entry for entry in dependencies if entry["name"] == "embedding_space"))

    def chunk(self, id: str) -> str:
        """The text of the document's first chunk."""
        return str(self.http.get(f"/documents/{id}/chunks").json()["chunks"][0]["text"])


@dataclass(frozen=True)
class Installation:
    """A data folder, and the folder of the models."""

    folder: Path
    models: Path

    @contextmanager
    def running(self, model: str) -> Iterator[Client]:
        """Run the newest layer with that model."""
        log = self.folder.parent / "layer.log"
        env = self.environment() | {"EMBEDDING_MODEL": model, "EMBEDDING_PATH": str(self.models / model)}
        with (
            log.open("ab") as output,
            serving(find_layer(), self.folder, env=env, output=output) as server,
            httpx2.Client(base_url=server.url, timeout=60, trust_env=False) as http,
        ):
            yield Client(http)

    def environment(self) -> dict[str, str]:
        """The environment without the settings that name stores and models."""
        kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        ours = {"LLM_PROVIDER": "extractive", "LOG_LEVEL": "WARNING"}
        return kept | ours | {"COLUMNS": "200"}

    def command(self, *arguments: str) -> list[str]:
        return ["-m", "mystack", "reembed", "--data", str(self.folder), *arguments]

    def model(self, name: str) -> list[str]:
        return ["--model", name, "--path", str(self.models / name)]

    def reembed(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *self.command(*arguments)]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False, timeout=110)

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection]:
        """A connection to PostgreSQL, whether the layer runs or not."""
        url = running_postgresql(self.folder)
        if url:
            with opened(url) as connection:
                yield connection
        else:
            with services(3, self.folder) as stores, opened(stores["DATABASE_URL"]) as connection:
                yield connection

    def spaces(self) -> dict[str, tuple[str, int]]:
        """State and number of chunks without a vector of each space, by its model's name."""
        query = """
            SELECT split_part(name, '@', 1), state, (SELECT count(*) FROM chunks WHERE NOT EXISTS
                (SELECT FROM embeddings WHERE chunk_number = number AND space_id = embedding_spaces.id))
            FROM embedding_spaces
        """
        with self.database() as connection:
            return {name: (state, missing) for name, state, missing in connection.execute(query)}
