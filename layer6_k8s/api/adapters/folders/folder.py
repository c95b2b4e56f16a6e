"""Files of folders, below the folders that are allowed and nowhere else: the ports `Origin` and `Folders`.

A symbolic link is followed to a file that is below the source's folder, and to no other. The file that is opened is
the one that was checked, even if a link is put in its place meanwhile.
"""

import asyncio
import os
import stat as modes
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from api.errors import MyStackError
from api.services.parsing.errors import DocumentTooLarge
from api.services.sources.errors import Changing, FolderNotAllowed, SourceUnavailable, Vanished
from api.services.sources.sources import TYPES, Listing, Read, Source, Version

SETTLE_SECONDS = 0.5
"""A file whose size and time are equal for so long has stopped changing."""
MOST_FILES = 100_000


class UnreadableFile(MyStackError):
    """The file cannot be read."""

    status = 400
    code = "unreadable_file"


class FolderOrigin:
    """The ports `Origin` and `Folders`. `roots`: the folders that are allowed, with everything below them."""

    settle = SETTLE_SECONDS

    def __init__(self, roots: Collection[Path], max_bytes: int) -> None:
        self.roots = roots
        self.max_bytes = max_bytes

    def allowed(self, path: str) -> str:
        try:
            real = Path(path).resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise FolderNotAllowed("This is no path of a folder.") from error
        if not Path(path).is_absolute() or not any(real.is_relative_to(root.resolve()) for root in self.roots):
            raise FolderNotAllowed(_refusal(self.roots))
        if not real.is_dir():
            raise SourceUnavailable("There is no such folder, or it cannot be read. Nothing was deleted.")
        return str(real)

    async def listing(self, source: Source) -> Listing:
        return await asyncio.to_thread(self._listing, source)

    async def read(self, source: Source, key: str, stamp: str, known: Version | None) -> Read | None:
        return await asyncio.to_thread(self._read, Path(source.location), key, stamp)

    def _listing(self, source: Source) -> Listing:
        folder = Path(self.allowed(source.location))
        if str(folder) != source.location:
            raise SourceUnavailable("The folder is another one now: a symbolic link has taken its place.")
        stamps: dict[str, str] = {}
        skipped: Counter[str] = Counter()
        for path in _files(folder, skipped):
            if reason := _skipped(folder, path):
                skipped[reason] += 1
            elif (stamp := _stamp(path)) is not None:
                stamps[path.relative_to(folder).as_posix()] = stamp
            if len(stamps) > MOST_FILES:
                raise SourceUnavailable(f"The folder has more than {MOST_FILES:,} files: add its subfolders instead.")
        return Listing(stamps, skipped=skipped)

    def _read(self, folder: Path, key: str, stamp: str) -> Read:
        try:
            file = (folder / key).resolve(strict=True)
            if not file.is_relative_to(folder):
                raise UnreadableFile("It is a symbolic link that leaves the folder.")
            descriptor = _opened(folder, file.relative_to(folder))
            with os.fdopen(descriptor, "rb") as opened:
                before = os.fstat(descriptor)
                if not modes.S_ISREG(before.st_mode):
                    raise UnreadableFile("It is no regular file.")
                if _of(before) != stamp:
                    raise Changing(_of(before))
                if before.st_size > self.max_bytes:
                    raise DocumentTooLarge(f"The file has more than {self.max_bytes:,} bytes.")
                data = opened.read(self.max_bytes + 1)
                if (after := _of(os.fstat(descriptor))) != stamp or len(data) != before.st_size:
                    raise Changing(after)
        except FileNotFoundError as error:
            raise Vanished from error
        except OSError as error:
            raise UnreadableFile(f"It cannot be read: {error.strerror or type(error).__name__}.") from error
        return Read(Path(key).name, data, Version(stamp=stamp))


def _opened(folder: Path, path: Path) -> int:
    """The descriptor of a file below a folder, reached through no link. It does not wait for the writer of a pipe."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    for part in path.parts:
        try:
            inner = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _files(folder: Path, skipped: Counter[str]) -> Iterator[Path]:
    """The files below a folder, without hidden folders. Raises `SourceUnavailable` if one cannot be listed: what is
    in it would seem to be gone."""

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError) or error.filename == str(folder):
            raise SourceUnavailable(
                f"A folder in it cannot be listed, so nothing was deleted: {error.strerror}."
            ) from error

    for path, folders, names in os.walk(folder, onerror=refuse):
        skipped["hidden"] += sum(name.startswith(".") for name in folders)
        links = [name for name in folders if os.path.islink(os.path.join(path, name))]
        skipped["links"] += len(links)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in links)
        for name in sorted(names):
            yield Path(path, name)


def _skipped(folder: Path, path: Path) -> str | None:
    """Why a file is left out, if it is."""
    if path.name.startswith("."):
        return "hidden"
    if path.suffix.lower() not in TYPES:
        return "unsupported"
    if any("\ud800" <= c <= "\udfff" for c in str(path)):
        return "unreadable_names"
    return "links" if path.is_symlink() and not _is_inside(folder, path) else None


def _is_inside(folder: Path, path: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(folder)
    except (OSError, RuntimeError):
        return False


def _stamp(path: Path) -> str | None:
    """None if the file is gone by now. One that cannot be looked at is listed, so that its error is told."""
    try:
        return _of(path.stat())
    except FileNotFoundError:
        return None
    except OSError:
        return "?"


def _of(status: os.stat_result) -> str:
    """Size, time and number of a file: another file of the same size and time in its place is a change, too."""
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"


def _refusal(roots: Collection[Path]) -> str:
    if not roots:
        return "No folder is allowed: set SOURCE_FOLDERS to the folders that may be sources."
    return f"The folder is not below one that SOURCE_FOLDERS allows: {', '.join(map(str, roots))}."
