"""Every version is pinned once, and each layer lists the distributions it imports."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest

from mystack.project import ROOT, Layer, all_layers

LISTS = [*ROOT.glob("requirements-*.txt"), *ROOT.glob("layer*_*/requirements*.txt")]
HEAVY = {"torch", "sentence-transformers", "transformers"}


MODULES = packages_distributions()


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(path: Path) -> set[str]:
    found = {normal(match[0]) for match in re.finditer(r"^[A-Za-z0-9_.-]+", path.read_text(), re.MULTILINE)}
    return found - {"mystack"}


def pins() -> dict[str, str]:
    lines = (line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#"))
    return {normal(name): version for name, version in (line.split("==") for line in lines)}


def imported(layer: Layer) -> set[str]:
    """The distributions that a layer imports at module level."""
    found: set[str] = set()
    for path in (layer.folder / "api").rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {module.split(".")[0] for module in modules}
    outside = found - sys.stdlib_module_names - {"api"}
    return {normal(MODULES[module][0]) for module in outside}


def needed(name: str, seen: set[str]) -> Iterator[str]:
    """A distribution and its installed dependencies, recursively."""
    name = normal(name)
    if name in seen:
        return
    seen.add(name)
    try:
        requirements = distribution(name).requires or []
    except PackageNotFoundError:
        return
    yield name
    for line in requirements:
        yield from needed(re.match(r"[A-Za-z0-9_.-]+", line)[0], seen) if "extra ==" not in line else ()  # type: ignore[index]


@pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.folder.name)
def test_a_layer_lists_the_distributions_it_imports(layer: Layer) -> None:
    base = {"starlette", "pydantic-core", "pymongo"}  # parts of fastapi, pydantic and motor
    assert imported(layer) - base <= names(layer.folder / "requirements.txt")


@pytest.mark.parametrize("path", LISTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_listed_distribution_and_its_dependencies_are_pinned(path: Path) -> None:
    everything = {name for listed in names(path) for name in needed(listed, set())}
    assert everything - pins().keys() == set()


@pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.folder.name)
def test_no_layer_installs_heavy_libraries(layer: Layer) -> None:
    everything = {name for listed in names(layer.folder / "requirements.txt") for name in needed(listed, set())}
    assert everything & HEAVY == set()


@pytest.mark.parametrize("layer", all_layers(), ids=lambda layer: layer.folder.name)
def test_the_extra_of_a_layer_installs_what_it_lists(layer: Layer) -> None:
    listed = f"{layer.folder.name}/requirements.txt"
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["dynamic"][
        "optional-dependencies"
    ]
    assert extras[layer.extra] == {"file": [listed]}
    assert listed in extras["test"]["file"]
