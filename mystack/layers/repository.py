"""The layers in the work tree, their manifests, and their history in git.

Texts are compared by git blob id. The files are those that git would commit: tracked ones, and new ones not ignored.
"""

import json
import os
import re
import subprocess
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TypedDict

from mystack.project import Refusal

SEAMS = frozenset(
    {
        "api/config.py",
        "api/main.py",
        "api/wiring.py",
        "api/routes/__init__.py",
        "api/schemas/usage.py",
        "api/services/jobs/kinds.py",
        "api/web/panels.js",
    }
)
"""The files that later layers are expected to change, by inserting lines."""
COMPOSITION = ("api/capabilities/", "api/entrypoints/")
"""Folders that are the composition root in parts: a later layer says there which of its adapters are used."""
OWN = frozenset({"README.md", "layer.toml", "requirements.txt"})
"""The files that each layer has of its own; they are never compared."""
LOCK = "layers.lock"
Locked = Mapping[str, Mapping[str, str]]


class Group(TypedDict):
    """New files that share one reason; `files` holds paths, globs, and folders (with a slash at the end)."""

    files: list[str]
    reason: str


@dataclass(frozen=True)
class Layer:
    """The content of `layer.toml`; the format is described in `mystack.layers`."""

    folder: str
    number: int
    name: str
    version: str
    sentence: str
    parent: str = ""
    changed: Mapping[str, str] = field(default_factory=dict)
    removed: Mapping[str, str] = field(default_factory=dict)
    rewritten: Mapping[str, str] = field(default_factory=dict)
    added: list[Group] = field(default_factory=list)
    owns: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def patterns(self) -> list[str]:
        """The paths, globs and folders of all groups of new files."""
        return [pattern for group in self.added for pattern in group["files"]]

    @property
    def reasons(self) -> list[str]:
        """All reasons, in the manifest's order."""
        declared = (*self.changed.values(), *self.removed.values(), *self.rewritten.values())
        return [*declared, *(group["reason"] for group in self.added)]

    def reason(self, path: str) -> str:
        """Why this layer changed, removed or added the file; "" if nothing is declared."""
        gone = (why for pattern, why in self.removed.items() if covers(pattern, path))
        groups = (each["reason"] for each in self.added if any(covers(file, path) for file in each["files"]))
        return self.changed.get(path) or next(gone, "") or next(groups, "")

    def removes(self, path: str) -> bool:
        """True if the manifest declares the parent's file removed."""
        return any(covers(pattern, path) for pattern in self.removed)


def covers(pattern: str, path: str) -> bool:
    """True if the path is in the folder (`tests/search/`) or matches the glob, whose `*` crosses slashes."""
    return path.startswith(pattern) if pattern.endswith("/") else fnmatchcase(path, pattern)


def number_of(path: str) -> int:
    """The number of the layer a path belongs to (2 for `layer2_rag/api/main.py`), or 0 outside of the layers."""
    found = re.match(r"layer(\d+)_\w+/", f"{path}/")
    return int(found[1]) if found else 0


def read_layers(paths: Iterable[str], read: Callable[[str], str]) -> list[Layer]:
    """The manifests of the layers that contain the paths, in order; `read` returns a file's text.

    Refuses an invalid manifest, and a parent that is not the layer before.
    """
    folders, layers = sorted({path.split("/")[0] for path in paths if number_of(path)}, key=number_of), list[Layer]()
    for parent, folder in zip(["", *folders], folders, strict=False):
        try:
            layers.append(Layer(folder, **tomllib.loads(read(f"{folder}/layer.toml"))))
        except (OSError, TypeError, tomllib.TOMLDecodeError) as error:
            raise Refusal(f"{folder}/layer.toml can't be used ({error}); `mystack.layers` shows the format") from error
        if (layers[-1].number, layers[-1].parent) != (number_of(folder), parent):
            raise Refusal(f"{folder}/layer.toml needs number = {number_of(folder)} and parent = {parent!r}")
    return layers


def git(root: Path, *args: str, sent: str = "", env: Mapping[str, str] | None = None) -> str:
    """The output of git; bytes that are not UTF-8 survive the round trip. Refuses a failure of git."""
    command, data = ["git", "-c", "core.quotepath=off", *args], sent.encode("utf-8", "surrogateescape")
    done = subprocess.run(command, cwd=root, input=data, capture_output=True, env={**os.environ, **(env or {})})
    if done.returncode:
        raise Refusal(f"git {args[0]} failed: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout.decode("utf-8", "surrogateescape")


def holds_lines(whole: str, part: str) -> bool:
    """True if `whole` contains all lines of `part`, in the same order."""
    lines = iter(whole.splitlines())
    return all(line in lines for line in part.splitlines())


def parse_lock(text: str) -> Locked:
    try:
        found: Locked = json.loads(text)
    except json.JSONDecodeError as error:
        fix = f"take one version of it (`git checkout --ours {LOCK}`) and run `mystack layers sync`"
        raise Refusal(f"{LOCK} can't be read ({error}): {fix}") from error
    return found


def lock_text(lock: Locked) -> str:
    return json.dumps({folder: files for folder, files in lock.items() if files}, indent=2, sort_keys=True) + "\n"


class Repository:
    """A snapshot of the layers; make a new one after writing files.

    `files` maps a layer's folder and a path in it to a blob id; "", the first layer's parent, has no files.
    `lock` maps a folder and a path to the parent's blob that the changed file was last reconciled with, or to
    "BASE merging THEIRS" while the file has conflict markers.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        self.paths = sorted({path for path in listed if (root / path).is_file()})  # the index may list deleted files
        self.layers = read_layers(self.paths, lambda path: (root / path).read_text("utf-8"))
        inside = [path for path in self.paths if number_of(path) and path.partition("/")[2] not in OWN]
        blobs = git(root, "hash-object", "--stdin-paths", sent="\n".join(inside)).split()
        self.files: dict[str, dict[str, str]] = defaultdict(dict)
        for path, blob in zip(inside, blobs, strict=True):
            folder, _, inner = path.partition("/")
            self.files[folder][inner] = blob
        self.lock = parse_lock(self.text(LOCK) if LOCK in self.paths else "{}")

    def text(self, path: str) -> str:
        """A file's text; the path is relative to the root."""
        return (self.root / path).read_bytes().decode("utf-8", "surrogateescape")

    def fates(self, layer: Layer) -> dict[str, str]:
        """The fate of each path of a layer or its parent: "new", "removed", "changed" or "carried", declared or not."""
        mine, theirs = self.files[layer.folder], self.files[layer.parent]
        fates = {path: "new" if path in mine else "removed" for path in sorted(mine.keys() | theirs.keys())}
        both = {path: "carried" if mine[path] == theirs[path] else "changed" for path in mine.keys() & theirs.keys()}
        return fates | both

    def those(self, layer: Layer, fate: str) -> list[str]:
        return [path for path, found in self.fates(layer).items() if found == fate]

    def origin(self, layer: Layer, path: str) -> str:
        """Where a carried file is edited: in the nearest earlier layer that changed it or in which it was born."""
        before = [each for each in reversed(self.layers) if each.number < layer.number]
        return next(f"{each.folder}/{path}" for each in before if self.fates(each).get(path) in ("new", "changed"))

    def edited(self, layer: Layer, path: str) -> bool:
        """True if the copy's text was written in the copy, so that overwriting it would lose an edit.

        `sync` stores every text it writes as a git object, so a text that git has under no path is one of those.
        """
        blob = self.files[layer.folder][path]
        known = (f"{layer.folder}/{path}", blob) in self._remembered or not self.has(blob)
        return known and not self.was_carried(layer, path)

    def was_carried(self, layer: Layer, path: str) -> bool:
        """True if the copy's text was once under the same path in an earlier layer."""
        earlier = [f"{each.folder}/{path}" for each in self.layers if each.number < layer.number]
        return any((origin, self.files[layer.folder][path]) in self._remembered for origin in earlier)

    @cached_property
    def _remembered(self) -> set[tuple[str, str]]:
        """Path and blob of every text of a layer in git's index or in any commit."""
        log = git(self.root, "log", "--all", "-m", "--format=", "--raw", "--no-abbrev", "--no-renames", "--", "layer*")
        staged = git(self.root, "ls-files", "--stage", "--", "layer*")
        records = [line.split("\t") for line in (staged + log).splitlines() if line]
        return {(path, word) for meta, path in records for word in meta.split()}

    def has(self, blob: str) -> bool:
        return "missing" not in git(self.root, "cat-file", "--batch-check", sent=blob)

    def blob(self, blob: str) -> str:
        """The text of a merge base. Refuses a blob that this clone does not have."""
        if not self.has(blob):
            fetch = "run `git fetch --unshallow` if the clone is shallow"
            by_hand = (
                f"otherwise merge that file by hand, delete its line from {LOCK} and run `mystack layers sync` again"
            )
            raise Refusal(f"the merge base {blob} is not in this clone: {fetch}; {by_hand}")
        return git(self.root, "cat-file", "blob", blob)
