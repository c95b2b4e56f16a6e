"""Data folders of a migration, the command that migrates them, and the content of both stores."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from mystack.embedded import services
from mystack.project import find_layer

WRITER = Path(__file__).parent / "writer.py"
TENANT = "-c app.tenant=1"
"""Layers without tenants do not know the setting."""
SETTINGS = ("MONGODB_URL", "QDRANT_URL", "QDRANT_PATH", "DATABASE_URL", "MONGODB_DATABASE")
TABLES = ("documents", "texts", "chunks", "postings", "embeddings", "embedding_spaces")
SECONDS = 110


@dataclass(frozen=True)
class Outcome:
    """A command's exit status and output, and the report it wrote."""

    status: int
    output: str
    report: Mapping[str, Any]


@dataclass(frozen=True)
class DataFolders:
    """`old` is layer 2's data folder, `new` the newest layer's."""

    old: Path
    new: Path

    def write(self, **job: Any) -> None:
        """Write to layer 2's stores."""
        written(self.old, **job)

    def migrate(self, *arguments: str) -> Outcome:
        """Run the command on the two folders."""
        return migrated(*self.command(*arguments), report=self.new.parent / "report.json")

    def command(self, *arguments: str) -> list[str]:
        return ["--from-data", str(self.old), "--data", str(self.new), *arguments]

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection]:
        """A connection to the PostgreSQL in `new`, which must not be running."""
        with services(3, self.new) as stores, opened(stores["DATABASE_URL"]) as connection:
            yield connection

    def rows(self) -> Mapping[str, list[str]]:
        """The whole content of PostgreSQL, by table."""
        with self.database() as connection:
            return {name: _rows(connection, name) for name in TABLES}


def opened(url: str, **options: Any) -> psycopg.Connection:
    """A connection to the PostgreSQL of the newest layer, whose tenant `default` has what was migrated."""
    return psycopg.connect(url, autocommit=True, options=TENANT, **options)


def _rows(connection: psycopg.Connection, table: str) -> list[str]:
    query = sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(table))
    return sorted(row[0] for row in connection.execute(query))


def migrated(*arguments: str, report: Path) -> Outcome:
    """Run `mystack migrate`."""
    report.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "mystack", "migrate", *arguments, "--json", str(report)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    content = json.loads(report.read_text()) if report.exists() else {}
    return Outcome(done.returncode, done.stdout + done.stderr, content)


def written(folder: Path, **job: Any) -> str:
    """Write to the stores in a data folder of layer 2; returns the output of the writer."""
    with services(2, folder) as stores:
        done = subprocess.run(
            [sys.executable, str(WRITER)],
            cwd=find_layer(2).folder,
            env=environment() | stores,
            input=json.dumps(job),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=SECONDS,
        )
    return done.stdout


def dumped(folder: Path) -> dict[str, list[str]]:
    """The whole content of layer 2's stores in a folder, by collection."""
    dump: dict[str, list[str]] = json.loads(written(folder, dump=True))
    return dump


def environment() -> dict[str, str]:
    """The environment without the settings that name stores."""
    return {name: value for name, value in os.environ.items() if name not in SETTINGS} | {"COLUMNS": "200"}
