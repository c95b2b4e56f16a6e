"""The prose of README, guides and decisions: no counts that go stale, no path that is gone, one form of record."""

import re
from pathlib import Path

import pytest

from mystack.project import ROOT, all_layers
from tests.docs.markdown import DECISIONS, WRITTEN_BY_HAND, names_later_layers, prose

NUMBER = (
    r"\d[\d,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty"
    r"|(?:a )?hundred|dozens?"
)
COUNTED = (
    r"adapters?|classes|collections|commands|dependencies|endpoints|files|folders|functions|lines|methods|modules|ports"
    r"|routes|services|settings|tables|tests"
)
COUNT = re.compile(rf"(?<!layer )\b(?:{NUMBER})\s+(?:[\w'-]+\s+)?(?:{COUNTED})\b", re.IGNORECASE)
ALLOWED = {
    "two other files": "a rule that `mystack layers check` enforces",
    "three files": "how docker-compose.yml rotates logs",
}
"""Counts that cannot go stale, with the reason."""
PATH = re.compile(
    r"`((?:layer\d_\w+/)?(?:api|adapters|services|http|routes|entrypoints|tests|mystack|docs)/[\w./*-]*)`"
)
README_LINES = 180


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", WRITTEN_BY_HAND, ids=named)
def test_no_prose_counts_the_code(path: Path) -> None:
    found = [" ".join(count.split()) for count in COUNT.findall(prose(path))]
    assert [count for count in found if count.lower() not in ALLOWED] == [], "it goes stale: leave the number out"


@names_later_layers
@pytest.mark.parametrize("path", WRITTEN_BY_HAND, ids=named)
def test_every_path_in_prose_exists(path: Path) -> None:
    roots = [ROOT, *(layer.folder for layer in all_layers()), *(layer.folder / "api" for layer in all_layers())]
    missing = [name for name in PATH.findall(prose(path)) if not any(exists(root, name) for root in roots)]
    assert missing == []


def exists(root: Path, name: str) -> bool:
    """Whether the path, or one that matches the pattern, exists."""
    pattern = name.replace("layerN", "layer*")
    return any(root.glob(pattern)) if "*" in pattern else (root / name).exists()


@pytest.mark.parametrize("path", DECISIONS, ids=named)
def test_a_decision_record_has_the_one_form(path: Path) -> None:
    title, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    assert re.fullmatch(rf"# {path.name[:4]}\. \S.*", title)
    assert body.startswith("**Decision.** ")
    parts = re.findall(r"^\*\*(Decision|Status|Why|Consequences)\.\*\* ", body, re.MULTILINE)
    assert parts == ["Decision", "Status", "Why", "Consequences"]


def test_decision_records_are_numbered_once() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert len(set(numbers)) == len(numbers)


def test_the_readme_is_short() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if not line.startswith("<!--")]) < README_LINES


@names_later_layers
def test_the_readme_compares_with_the_numbers_of_the_benchmarks() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("## How it compares")[2].partition("\n## ")[0]
    measured = dict[str, list[str]]()
    for name, *cells in rows((ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")):
        measured.setdefault(name, cells)  # the first table is that of the texts
    compared = [cells for cells in rows(readme) if cells[0] and set(cells[0]) != {"-"}]
    assert len(compared) == 5
    for name, *cells in compared:
        assert set(cells) <= set(measured[name]), name


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
