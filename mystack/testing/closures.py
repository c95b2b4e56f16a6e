"""Records, while a layer's tests run, which of the layer's files each test file depends on.

A file depends on those that it imports or opens, and on what they depend on; a test file also on the modules that
define its fixtures. Imports are seen when they happen, those by name included, so nothing is guessed from the source.
What the recorder cannot follow, a process that is started or a folder that is listed, leaves a test file without a
closure: it then runs in every layer.
"""

import builtins
import hashlib
import importlib
import linecache
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.util import resolve_name
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

Closure = Mapping[str, str]
"""Files, relative to the layer's folder, and the SHA-256 of each."""
UNKNOWN = "*"
"""A dependency that cannot be followed."""
PROCESSES = frozenset({"subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system"})
FOLDERS = frozenset({"os.listdir", "os.scandir"})
IMPORTS = "<frozen importlib"


class Recorder:
    """Dependencies between the files of `layer`, as they come up."""

    def __init__(self, layer: Path) -> None:
        self._layer = f"{layer}{os.sep}"
        self._uses: dict[str, set[str]] = defaultdict(set)
        self._users: list[str] = []
        self._inside = cache(self._relative)

    def install(self) -> None:
        """Watch imports, opened files, listed folders and started processes, from now until the interpreter ends."""
        original, by_name = builtins.__import__, importlib.import_module

        def import_statement(
            name: str,
            globals: Mapping[str, Any] | None = None,
            locals: Mapping[str, Any] | None = None,
            fromlist: Iterable[str] | None = (),
            level: int = 0,
        ) -> ModuleType:
            module = original(name, globals, locals, tuple(fromlist or ()), level)
            if user := self._inside(str((globals or {}).get("__file__"))):
                full = resolve_name("." * level + name, (globals or {})["__package__"]) if level else name
                self._imported(user, full, *(f"{full}.{part}" for part in fromlist or ()))
            return module

        def import_module(name: str, package: str | None = None) -> ModuleType:
            module = by_name(name, package)
            if user := self._user():
                self._imported(user, resolve_name(name, package))
            return module

        builtins.__import__ = import_statement
        importlib.import_module = import_module
        sys.addaudithook(self._audit)

    def begin(self, user: Path) -> None:
        """Until `end`, attribute to the file `user` what no other file of the layer is seen to cause."""
        self._users.append(self._inside(str(user)))

    def end(self) -> None:
        self._users.pop()

    def closure(self, files: Iterable[Path], unfollowed: Iterable[Path] = ()) -> Closure | None:
        """What the files depend on, themselves and the `unfollowed` ones included; None when that is not known."""
        found: set[str] = set()
        waiting = set(self._all_inside(files))
        while waiting:
            found |= waiting
            waiting = {used for file in waiting for used in self._uses.get(file, ())} - found
        if UNKNOWN in found:
            return None
        found.update(self._all_inside(unfollowed))
        return {path: digest(Path(self._layer, path)) for path in sorted(found)}

    def _all_inside(self, files: Iterable[Path]) -> Iterator[str]:
        return filter(None, (self._inside(str(file)) for file in files))

    def _relative(self, path: str) -> str:
        """The source file of `path` relative to the layer, or "" when it is none of the layer's."""
        if not path.startswith(self._layer):
            return ""
        inner = path.removeprefix(self._layer)
        folder, cached, name = inner.rpartition("__pycache__/")
        source = f"{folder}{name.split('.')[0]}.py" if cached else inner
        return "" if source.startswith(".") else source

    def _imported(self, user: str, *names: str) -> None:
        """Note each module, and the packages that it is in."""
        for name in names:
            while name:
                if used := self._inside(str(getattr(sys.modules.get(name), "__file__", ""))):
                    self._uses[user].add(used)
                name = name.rpartition(".")[0]

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            for_a_traceback = _caller(1) == linecache.__file__
            used = "" if for_a_traceback else self._inside(_absolute(arguments[0]))
        elif event in FOLDERS:
            listed = f"{_absolute(arguments[0] or '.')}{os.sep}"
            used = UNKNOWN if listed.startswith(self._layer) and not _caller(0).startswith(IMPORTS) else ""
        else:
            used = UNKNOWN if event in PROCESSES else ""
        if used and (user := self._user()):
            self._uses[user].add(used)

    def _user(self) -> str:
        """The file of the layer whose code runs, else the one that `begin` named."""
        frame: FrameType | None = sys._getframe(2)
        while frame:
            if user := self._inside(frame.f_code.co_filename):
                return user
            frame = frame.f_back
        return self._users[-1] if self._users else ""


def _caller(depth: int) -> str:
    """The file of the function that caused an event of the audit hook, or of the one `depth` calls above it."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(depth):
        frame = frame.f_back if frame else None
    return frame.f_code.co_filename if frame else ""


def _absolute(path: object) -> str:
    """The absolute path; "" for an open descriptor."""
    return os.path.abspath(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else ""


def digest(path: Path) -> str:
    """The SHA-256 of a file; "" for what is no file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def holds(folder: Path, closure: Closure) -> bool:
    """True when the folder has all these files with these contents."""
    return all(known and digest(folder / path) == known for path, known in closure.items())


def conftests_of(file: Path, root: Path) -> list[Path]:
    """The conftest files that pytest reads for a test file."""
    folders = (folder for folder in file.parents if folder.is_relative_to(root))
    return [conftest for folder in folders if (conftest := folder / "conftest.py").exists()]
