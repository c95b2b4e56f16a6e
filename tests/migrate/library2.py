"""A library of layer 2 in a data folder, and the command that migrates it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mystack.embedded import services
from mystack.project import find_layer

WRITER = Path(__file__).parent / "writer.py"
SETTINGS = ("MONGODB_URL", "QDRANT_URL", "QDRANT_PATH", "DATABASE_URL", "MONGODB_DATABASE")


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and the report that it wrote."""

    status: int
    output: str
    report: Mapping[str, Any]


@dataclass(frozen=True)
class Library2:
    """`old` is layer 2's data folder, `new` that of the newest layer."""

    old: Path
    new: Path

    def write(self, **job: Any) -> str:
        """Have layer 2's stores written to; returns what the writer printed."""
        return written(self.old, **job)

    def migrate(self, *arguments: str) -> Outcome:
        """Run the command on the two folders."""
        file = self.new.parent / "report.json"
        file.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "mystack", *self.command(*arguments), "--json", str(file)],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
        report = json.loads(file.read_text()) if file.exists() else {}
        return Outcome(done.returncode, done.stdout + done.stderr, report)

    def command(self, *arguments: str) -> list[str]:
        return ["migrate", "--from-data", str(self.old), "--data", str(self.new), *arguments]


def written(folder: Path, **job: Any) -> str:
    with services(2, folder) as stores:
        done = subprocess.run(
            [sys.executable, str(WRITER)],
            cwd=find_layer(2).folder,
            env=environment() | stores,
            input=json.dumps(job),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=110,
        )
    return done.stdout


def environment() -> dict[str, str]:
    """Ours, without the stores that it may name."""
    return {name: value for name, value in os.environ.items() if name not in SETTINGS} | {"COLUMNS": "200"}
