"""Where tests keep temporary files: in memory, where there is room.

A server makes and deletes hundreds of files for each database, which takes a disk's file system ten times as long.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it is private
LEAST_BYTES = 8 * 2**30


def in_memory() -> Path | None:
    """A folder whose files are in memory; None where there is none, or too little memory."""
    import psutil  # for the tests: `mystack` is installed without it

    enough = MEMORY.is_dir() and min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) >= LEAST_BYTES
    return MEMORY if enough else None


@contextmanager
def temporary_files_in_memory() -> Iterator[None]:
    """Processes that are started from now on, and this one, make their temporary files in memory, if possible."""
    if not (memory := in_memory()):
        yield
        return
    before = os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(dir=memory, prefix="mystack-tests-") as folder:
        os.environ["TMPDIR"] = folder
        try:
            yield
        finally:
            del os.environ["TMPDIR"]
            if before is not None:
                os.environ["TMPDIR"] = before
