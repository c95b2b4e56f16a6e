"""The data folder of a layer's embedded services: checked for damage, and locked for one run."""

import fcntl
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mystack.project import Refusal

LOCK_SECONDS = 12.0
OPTION = "DATA=… (--data)"


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Create, check and lock the folder; yields the lock's file descriptor.

    The services inherit the descriptor, so that the folder is free only when the last process that writes to it has
    ended. Refuses a folder that cannot be used, is damaged, or is in use.
    """
    _prepare(folder)
    with (folder / "lock").open("a+") as lock:
        _acquire(lock.fileno(), folder)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        _require_undamaged(folder)
        yield lock.fileno()


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (FileExistsError, NotADirectoryError) as error:
        raise Refusal(f"the data folder {folder} is not a folder; choose another with {OPTION}") from error
    except OSError as error:
        raise Refusal(
            f"the data folder {folder} cannot be written ({error.strerror}); choose another with {OPTION}"
        ) from error


def _acquire(descriptor: int, folder: Path) -> None:
    """Wait for a run that is stopping, which takes some seconds; refuse if one is running."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            owner = (folder / "lock").read_text() or "unknown"
            if _runs(owner) or time.monotonic() > deadline:
                raise Refusal(
                    f"the data folder {folder} is in use by another run (process {owner}): stop it,"
                    f" or choose another folder with {OPTION}"
                ) from error
            time.sleep(0.1)


def _runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _require_undamaged(folder: Path) -> None:
    """Refuse a damaged file before a service opens it; reads only the heads of the files."""
    for path in sorted([*folder.rglob("*.db"), *folder.rglob("*.sqlite")]):
        try:
            with closing(sqlite3.connect(path)) as database:
                database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            raise damaged(folder, f"{path.relative_to(folder)}: {error}") from error
    for path in folder.rglob("meta.json"):
        try:
            json.loads(path.read_bytes())
        except ValueError as error:
            raise damaged(folder, f"{path.relative_to(folder)}: {error}") from error


def damaged(folder: Path, what: str) -> Refusal:
    """The refusal of a damaged data folder."""
    return Refusal(
        f"the data folder {folder} is damaged: {what}; restore a backup, or choose another folder with {OPTION}"
    )
