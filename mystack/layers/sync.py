"""`sync`: walks the chain of layers. It carries unchanged files, merges changed ones three ways, deletes copies whose
origin is gone, and writes the lock and the generated pages. It never overwrites an edit made in a copy.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from mystack.layers import steps
from mystack.layers.repository import LOCK, Layer, Repository, git, holds_lines, lock_text
from mystack.layers.rules import conflicted, undeclared_change
from mystack.project import Refusal

Say = Callable[[str], None]


def sync(root: Path, say: Say, written: list[Path]) -> None:
    """Bring each layer in step with the one before it; appends the folders of changed layers to `written`.

    Refuses an edited copy before its layer is touched, and a conflict after all files of its layer were merged. A
    second call continues from there.
    """
    for index in range(len(Repository(root).layers)):
        repo = Repository(root)  # read again, because the layer before may have been written
        layer = repo.layers[index]
        if layer.parent and _Walk(repo, layer, say).run():
            written.append(root / layer.folder)
        for path, text in steps.stale(Repository(root), layer).items():
            _write(root / path, text)
            say(f"generated {path}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


class _Walk:
    """One layer's part of the walk."""

    def __init__(self, repo: Repository, layer: Layer, say: Say) -> None:
        self.repo, self.layer, self.say = repo, layer, say
        self.mine, self.theirs = repo.files[layer.folder], repo.files[layer.parent]
        self.locked = repo.lock.get(layer.folder, {})
        self.wrote = False

    def run(self) -> bool:
        """True if a file of the layer was written, or a merge by hand was recorded."""
        self._refuse_to_lose_edits()
        for path in sorted(self.theirs.keys() - self.layer.changed.keys()):
            if self.mine.get(path) != self.theirs[path] and not self.layer.removes(path):
                self._carry(path)
        for path in self.repo.those(self.layer, "new"):
            if path not in self.layer.patterns and self.repo.was_carried(self.layer, path):
                (self.repo.root / self.layer.folder / path).unlink()
                self._note("deleted, like its origin,", path)
        locked = {path: self._reconcile(path) for path in sorted(self.layer.changed.keys() & self.theirs.keys())}
        _write(self.repo.root / LOCK, lock_text({**self.repo.lock, self.layer.folder: locked}))
        if conflicts := ", ".join(f"{self.layer.folder}/{path}" for path in locked if "merging" in locked[path]):
            then = "resolve them, then run `mystack layers sync` again"
            raise Refusal(f"the merge left conflict markers in {conflicts}: {then}")
        return self.wrote

    def _refuse_to_lose_edits(self) -> None:
        undeclared = [path for path in self.repo.those(self.layer, "changed") if path not in self.layer.changed]
        if edited := [path for path in undeclared if self.repo.edited(self.layer, path)]:
            raise Refusal("\n".join(undeclared_change(self.repo, self.layer, path) for path in edited))

    def _note(self, verb: str, path: str) -> None:
        self.wrote = True
        self.say(f"{verb} {self.layer.folder}/{path}")

    def _carry(self, path: str) -> None:
        copy = self.repo.root / self.layer.folder / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.repo.root / self.layer.parent / path, copy)
        git(self.repo.root, "hash-object", "-w", str(copy))  # so that the copy is not taken for an edit next time
        self._note("carried", path)

    def _reconcile(self, path: str) -> str:
        """Merge the parent's changes into a changed file; returns its new entry in the lock."""
        if path not in self.mine:
            self._carry(path)
        base, _, merging = self.locked.get(path, "").partition(" merging ")
        if merging and conflicted(self.repo.text(f"{self.layer.folder}/{path}")):
            return self.locked[path]
        if merging:
            self._note("resolved by hand:", path)
        base = merging or base or self._first_base(path)
        theirs = git(self.repo.root, "hash-object", "-w", f"{self.layer.parent}/{path}").strip()
        clean = base == theirs or self.mine.get(path, theirs) == theirs or self._merge(path, base)
        return theirs if clean else f"{base} merging {theirs}"

    def _first_base(self, path: str) -> str:
        """The merge base of a file that was never reconciled: the parent's newest text whose lines are all in the
        copy; else the parent's current text, which accepts the copy unchanged."""
        copy, log = f"{self.layer.folder}/{path}", ["log", "--all", "--format=", "--raw", "--no-abbrev"]
        former = git(self.repo.root, *log, "--diff-filter=AM", "--", f"{self.layer.parent}/{path}").splitlines()
        known = filter(self.repo.has, (self.theirs[path], *(line.split()[3] for line in former)))
        holding = (blob for blob in known if holds_lines(self.repo.text(copy), self.repo.blob(blob)))
        return next(holding, self.theirs[path])

    def _merge(self, path: str, base: str) -> bool:
        """Write the three-way merge; True if it has no conflict."""
        copy, theirs = (self.repo.root / folder / path for folder in (self.layer.folder, self.layer.parent))
        with TemporaryDirectory() as folder:
            _write(Path(folder, "base"), self.repo.blob(base))
            names = [
                f"-L{name}/{path}" for name in (self.layer.folder, f"{self.layer.parent} before", self.layer.parent)
            ]
            command = ["git", "merge-file", "--diff3", *names, str(copy), f"{folder}/base", str(theirs)]
            done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode > 127:  # up to 127 it is the number of conflicts
            raise Refusal(f"{self.layer.folder}/{path} can't be merged: {done.stderr.strip()}")
        self._note("merged, with conflicts," if done.returncode else "merged", path)
        return not done.returncode
