"""Suites: tests that run in one pytest process, since all layers call their package `api`."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mystack.project import ROOT
from mystack.testing.choice import same_in_newest
from mystack.testing.handover import OPTION, Selection, read_record, record_of, write
from mystack.testing.memory import temporary_files_in_memory
from mystack.testing.outcomes import Outcome, read_outcome

RESULTS = ROOT / ".mystack" / "tests"
"""Where the results of the last run stay: a JUnit file for each suite, and what it left out."""
FROM_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "LAYER", "PORT", "DATA", "ARGS", "ALL", "PART")


@dataclass(frozen=True)
class Suite:
    """What pytest collects in `folder`."""

    name: str
    folder: Path
    collected: tuple[str, ...] = ("tests",)
    wave: int = 0
    """Suites of a later wave run when all of the earlier ones have ended."""
    first_only: frozenset[str] = frozenset()
    """Test files that run with the first parameter of each test only."""
    represented: frozenset[str] = frozenset()
    """Test files of which only the first test runs."""
    newest: tuple[str, ...] = ()
    """The suites that run first, and whose closures decide what need not run here."""
    records: bool = False
    """Records the closures of its test files."""
    covers: bool = False
    """Measures the coverage of `api/`."""

    @property
    def stem(self) -> str:
        """The beginning of the names of its files in `RESULTS`."""
        return self.name.replace("/", "-").replace(" ", "-")

    def split(self, parts: int) -> list["Suite"]:
        """The suite as several of about the same size, so that a layer's tests can use all processors."""
        inside = (path for name in self.collected for path in (self.folder / name).iterdir())
        sizes = {path: size for path in inside if (size := _size(path))}
        shares: list[list[Path]] = [[] for _ in range(min(parts, len(sizes)))]
        for path in sorted(sizes, key=lambda path: (-sizes[path], path)):
            min(shares, key=lambda share: sum(sizes[each] for each in share)).append(path)
        if len(shares) < 2:
            return [self]
        collected = [tuple(sorted(path.relative_to(self.folder).as_posix() for path in share)) for share in shares]
        names = [f"{self.name} {number}/{len(shares)}" for number in range(1, len(shares) + 1)]
        return [replace(self, name=name, collected=each) for name, each in zip(names, collected, strict=True)]


def _size(path: Path) -> int:
    """The bytes of a test file, or of those in a folder."""
    files = path.rglob("test_*.py") if path.is_dir() else [path] if path.match("test_*.py") else []
    return sum(file.stat().st_size for file in files)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_suites(
    suites: Sequence[Suite], options: Sequence[str], results: Path = RESULTS, at_once: int | None = None
) -> list[Outcome]:
    """Each suite's outcome; a suite waits for earlier waves, and for those whose closures it needs.

    One more than there are processors run at the same time in the first wave, since tests also wait.
    """
    done = dict[str, Outcome]()
    with temporary_files_in_memory():
        for wave in sorted({suite.wave for suite in suites}):
            together = [suite for suite in suites if suite.wave == wave]
            _run_wave(together, done, options, results, at_once or processors() + (wave == 0))
    return [done[suite.name] for suite in suites]


def _run_wave(
    suites: Sequence[Suite], done: dict[str, Outcome], options: Sequence[str], results: Path, at_once: int
) -> None:
    """Run the suites and add their outcomes to `done`. The first that can run is started whenever there is a place."""
    waiting, running = list(suites), dict[Future[Outcome], Suite]()
    with ThreadPoolExecutor(at_once) as pool:
        while waiting or running:
            for suite in _ready(waiting, done)[: at_once - len(running)]:
                waiting.remove(suite)
                running[pool.submit(run_suite, suite, options, results, done, prefixed=len(suites) > 1)] = suite
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                done[running.pop(future).name] = future.result()


def _ready(waiting: Sequence[Suite], done: Mapping[str, Outcome]) -> list[Suite]:
    return [suite for suite in waiting if all(name in done for name in suite.newest)]


def run_suite(
    suite: Suite,
    options: Sequence[str],
    results: Path = RESULTS,
    done: Mapping[str, Outcome] | None = None,
    *,
    prefixed: bool = False,
) -> Outcome:
    """Run pytest in the suite's folder; `prefixed` puts the suite's name before each line of its output."""
    junit, selection = _prepared(suite, results, [done[name] for name in suite.newest] if done else [])
    command = [*_python(suite, results), "-m", "pytest", *suite.collected, f"--junitxml={junit}"]
    command += ["-p", "mystack.testing.plugin", f"{OPTION}={selection}", *options]
    piped: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True} if prefixed else {}
    with subprocess.Popen(command, cwd=suite.folder, env=_environment(), **piped) as process:
        for line in process.stdout or ():
            sys.stdout.write(f"{suite.name} │ {line}")
            sys.stdout.flush()
    return read_outcome(suite.name, process.returncode, junit, read_record(record_of(selection)))


def _prepared(suite: Suite, results: Path, newest: Sequence[Outcome]) -> tuple[Path, Path]:
    """The JUnit file and the selection file of a suite; what an earlier run left is deleted."""
    results.mkdir(parents=True, exist_ok=True)
    junit, selection = results / f"{suite.stem}.xml", results / f"{suite.stem}.json"
    for path in (junit, record_of(selection), coverage_data(suite, results)):
        path.unlink(missing_ok=True)
    closures = {test: closure for outcome in newest for test, closure in outcome.record.closures.items()}
    chosen = Selection(
        first_only=sorted(suite.first_only),
        represented=sorted(suite.represented),
        left_out=sorted(same_in_newest(suite.folder, closures)),
        record=suite.records,
    )
    write(selection, chosen)
    return junit, selection


def _python(suite: Suite, results: Path) -> list[str]:
    """The interpreter; with SlipCover, which looks for branches in `api/` and cannot in the tests of this pytest."""
    if not suite.covers:
        return [sys.executable]
    quiet = ["-W", "ignore:Unable to activate pytest branch coverage"]
    options = ["--branch", "--source", "api", "--json", "--out", str(coverage_data(suite, results))]
    options += ["--threshold", str(10**9)]  # what takes counting out again fails where other threads import (its FIXME)
    return [sys.executable, *quiet, "-m", "slipcover", *options]


def coverage_data(suite: Suite, results: Path) -> Path:
    return results / f"{suite.stem}.coverage.json"


def _environment() -> dict[str, str]:
    """Ours without what `make test` adds: a test that calls `make` itself must not inherit its flags and variables."""
    return {name: value for name, value in os.environ.items() if name not in FROM_MAKE}
