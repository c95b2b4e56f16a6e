"""A module of ours as a process that is talked to over its standard input and output."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def piped(
    module: str,
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    errors: IO[bytes] | None = None,
) -> Iterator[tuple[IO[str], IO[str]]]:
    """What it reads, and what it writes. Leaving the block closes its input, at which it ends."""
    command = [sys.executable, "-m", module, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=cwd, env=env, stdin=pipe, stdout=pipe, stderr=errors, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("pipes were asked for")
        yield process.stdin, process.stdout
