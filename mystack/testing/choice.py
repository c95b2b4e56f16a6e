"""Which tests of a layer need not run there in full, because they run on the same files elsewhere."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from mystack.layers.repository import Repository
from mystack.project import ROOT, Layer, Refusal
from mystack.testing.closures import Closure, conftests_of, holds


def carried_tests(layer: Layer, repository: Repository | None) -> frozenset[str]:
    """The test files that the layer carries unchanged from the one before; none where there is no repository."""
    fates = [repository.fates(it) for it in repository.layers if it.folder == layer.folder.name] if repository else []
    return frozenset(path for found in fates for path, fate in found.items() if fate == "carried" and _is_test(path))


def repository() -> Repository | None:
    """The layers as git knows them; None in a download without git, where every test runs in full."""
    try:
        return Repository(ROOT)
    except Refusal:
        return None


def same_in_newest(folder: Path, closures: Mapping[str, Closure | None]) -> frozenset[str]:
    """The test files of an older layer whose run in the newest layer is their run here, too.

    These depend on the same files with the same contents. A conftest file that the newest layer does not have might
    give them other fixtures.
    """
    return frozenset(_same(folder, closures))


def _same(folder: Path, closures: Mapping[str, Closure | None]) -> Iterator[str]:
    for test, closure in closures.items():
        if closure is None or not holds(folder, closure):
            continue
        if all(path.relative_to(folder).as_posix() in closure for path in conftests_of(folder / test, folder)):
            yield test


def _is_test(path: str) -> bool:
    return path.startswith("tests/") and path.rpartition("/")[2].startswith("test_")
