"""All tests in parts that take about as long as each other, for machines side by side: `mystack test --part NAME`.

`seconds.json` says how long each test file takes. `python -m mystack.testing.parts --weigh` writes it from the results
of the last `mystack test --all`, and `python -m mystack.testing.parts` prints the parts, the longest one first. In a
workflow it also gives their names to the jobs that follow.
"""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mystack.project import ROOT, Refusal, all_layers
from mystack.testing.choice import carried_tests, repository
from mystack.testing.outcomes import Case, read_cases
from mystack.testing.suites import RESULTS, Suite

WEIGHTS = Path(__file__).parent / "seconds.json"
LIMIT = 420.0
"""Most seconds of tests in a part; what installs the packages before is not counted, and a job has ten minutes."""
UNKNOWN = (10.0, 5.0)
"""Seconds of a test file that is not in the list: in full, and its first test alone."""
SPANNING = "spanning"

Weights = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Part:
    """One job. `seconds` is what its tests are expected to take, in one process."""

    name: str
    seconds: float
    suite: Suite


def parts(weights: Weights | None = None) -> list[Part]:
    """Every test file of every layer, and those that span layers, in exactly one part."""
    known = weights or read_weights()
    found = list(_split(Suite(SPANNING, ROOT), _spanning_files(), known))
    for layer in all_layers():
        carried = frozenset[str]() if layer == all_layers()[-1] else carried_tests(layer, repository())
        suite = Suite(f"layer{layer.number}", layer.folder, represented=carried)
        found += _split(suite, _files(layer.folder, "tests"), known)
    return found


def part(name: str) -> Suite:
    """The suite of a part. Refuses an unknown name."""
    found = {each.name: each.suite for each in parts()}
    if name not in found:
        raise Refusal(f"there is no part {name}: they are {', '.join(found)}")
    return found[name]


def read_weights(path: Path = WEIGHTS) -> Weights:
    return {name: (full, first) for name, (full, first) in json.loads(path.read_text()).items()}


def weigh(results: Path = RESULTS) -> dict[str, tuple[float, float]]:
    """The seconds of each test file, from the JUnit files of the newest layer and of the tests that span layers."""
    newest = all_layers()[-1].folder.name
    found = dict[str, tuple[float, float]]()
    for junit in sorted(results.glob("*.xml")):
        if junit.stem.startswith((newest, "tests-")):
            prefix = f"{SPANNING}:" if junit.stem.startswith("tests-") else ""
            seconds = _by_file(read_cases(junit))
            found |= {f"{prefix}{name.removeprefix(f'{newest}/')}": each for name, each in seconds.items()}
    return dict(sorted(found.items()))


def _by_file(cases: Sequence[Case]) -> dict[str, tuple[float, float]]:
    full, first = defaultdict[str, float](float), dict[str, float]()
    for case in cases:
        file = case.name.partition("::")[0]
        full[file] += case.seconds
        first.setdefault(file, case.seconds)
    return {file: (round(full[file], 1), round(first[file], 1)) for file in full}


def _split(suite: Suite, files: Sequence[str], weights: Weights) -> Iterator[Part]:
    """As few parts as keep below `LIMIT`, the longest files first; a file is never split."""
    seconds = {file: _seconds(suite, file, weights) for file in files}
    number = int(sum(seconds.values()) // LIMIT) + 1
    while True:
        shares: list[list[str]] = [[] for _ in range(number)]
        for file in sorted(files, key=lambda file: (-seconds[file], file)):
            min(shares, key=lambda share: sum(seconds[each] for each in share)).append(file)
        longest = max(sum(seconds[file] for file in share) for share in shares)
        if longest <= LIMIT or number >= len(files):
            break
        number += 1
    for index, share in enumerate(shares, 1):
        name = f"{suite.name}-{index}"
        named = Suite(name, suite.folder, tuple(sorted(share)), represented=suite.represented)
        yield Part(name, sum(seconds[file] for file in share), named)


def _seconds(suite: Suite, file: str, weights: Weights) -> float:
    full, first = weights.get(f"{SPANNING}:{file}" if suite.folder == ROOT else file, UNKNOWN)
    return first if file in suite.represented else full


def _files(folder: Path, inside: str) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in (folder / inside).rglob("test_*.py"))


def _spanning_files() -> list[str]:
    """Layers' tests are below their own folders."""
    return _files(ROOT, "tests")


def main(arguments: Sequence[str]) -> None:
    if arguments == ["--weigh"]:
        lines = [f"{json.dumps(name)}: {json.dumps(seconds)}" for name, seconds in weigh().items()]
        WEIGHTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    found = sorted(parts(), key=lambda each: -each.seconds)
    for each in found:
        print(f"{each.seconds:6.0f} s  {each.name}")  # noqa: T201
    print(f"The longest of {len(found)} jobs is {found[0].name}: {found[0].seconds:.0f} s of tests.")  # noqa: T201
    if output := os.environ.get("GITHUB_OUTPUT"):
        with open(output, "a", encoding="utf-8") as file:
            file.write(f"parts={json.dumps([each.name for each in found])}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
