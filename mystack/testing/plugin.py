"""The pytest plugin of `mystack test`: leaves out what runs elsewhere, and records what the rest depends on.

`--selection FILE` names what `mystack test` has chosen; the plugin writes beside it how many tests it left out, and
the closures if they are asked for. Without the option it does nothing.
"""

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mystack.testing.closures import Recorder, conftests_of
from mystack.testing.handover import OPTION, Record, Selection, read_selection, record_of, write

SHARED = "tests/conftest.py"
"""Read for every test: it counts as it stands, and what it imports only where one of its fixtures is used."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, metavar="FILE", help="what `mystack test` has chosen to run")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Comes before the conftest files are imported, so that their imports are recorded as well."""
    if name := early_config.known_args_namespace.selection:
        selection = read_selection(Path(name))
        early_config.pluginmanager.register(Leaving(selection, record_of(Path(name)), Path.cwd()), "mystack-leaving")


class Leaving:
    """The hooks of one run."""

    def __init__(self, selection: Selection, output: Path, root: Path) -> None:
        self._selection, self._output, self._root = selection, output, root
        self._counts = {"elsewhere": 0, "same_in_newest": 0}
        self._defined: dict[str, set[Path]] = defaultdict(set)
        self._needed: dict[Path, set[Path]] = defaultdict(set)
        self._recorder = Recorder(root) if selection.record else None
        if self._recorder:
            self._recorder.install()

    @pytest.hookimpl(trylast=True)  # -k and -m have chosen by then
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        here = [item for item in items if self._file(item) not in self._selection.left_out]
        kept = list(self._chosen(here))
        self._counts = {"same_in_newest": len(items) - len(here), "elsewhere": len(here) - len(kept)}
        if len(kept) < len(items):
            chosen = set(kept)
            config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
            items[:] = kept

    def _chosen(self, items: Iterable[pytest.Item]) -> Iterable[pytest.Item]:
        seen: set[str] = set()
        for item in items:
            key = self._one_of(item)
            if key not in seen:
                yield item
            seen.add(key)

    def _one_of(self, item: pytest.Item) -> str:
        """What runs once: the file, the test with any of its parameters, or just this one."""
        if (file := self._file(item)) in self._selection.represented:
            return file
        return item.nodeid.partition("[")[0] if file in self._selection.first_only else item.nodeid

    def _file(self, item: pytest.Item) -> str:
        return item.path.relative_to(self._root).as_posix()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        with self._attributed_to(item.path):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)  # before a plugin wraps the fixture's function
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        code = getattr(fixturedef.func, "__code__", None)
        file = Path(code.co_filename if code else "")
        self._defined[fixturedef.argname].add(file)
        with self._attributed_to(file):
            return (yield)

    @contextmanager
    def _attributed_to(self, file: Path) -> Iterator[None]:
        if not self._recorder:
            yield
            return
        self._recorder.begin(file)
        try:
            yield
        finally:
            self._recorder.end()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        names: Iterable[str] = getattr(
            getattr(item, "_request", item), "fixturenames", ()
        )  # those asked for by name, too
        conftests = (path for path in conftests_of(item.path, self._root) if path != self._root / SHARED)
        self._needed[item.path].update({item.path}, conftests, *(self._defined[name] for name in names))

    def pytest_sessionfinish(self) -> None:
        closures = {
            file.relative_to(self._root).as_posix(): self._recorder.closure(needed, {self._root / SHARED})
            for file, needed in sorted(self._needed.items())
            if self._recorder
        }
        write(self._output, Record(**self._counts, closures=closures))
