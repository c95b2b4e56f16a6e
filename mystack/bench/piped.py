"""A module of this repository as a worker process, with pipes to its standard input and output."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mystack.project import ROOT


@contextmanager
def piped(
    module: str,
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    errors: IO[bytes] | None = None,
) -> Iterator[tuple[IO[str], IO[str]]]:
    """The worker's input and output. Leaving the block closes its input, which ends it.

    The module is found wherever the worker runs: the repository's root is on its path.
    """
    environment = dict(os.environ if env is None else env)
    path = [str(ROOT), *filter(None, [environment.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env=environment | {"PYTHONPATH": os.pathsep.join(path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    with process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("Popen was called with pipes")
        yield process.stdin, process.stdout
