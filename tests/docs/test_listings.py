"""A listing in a guide is the code itself: ```` ```python file=layer1_basic_api/api/main.py ````."""

import re
from pathlib import Path

import pytest

from mystack.project import ROOT, all_layers
from tests.docs.markdown import DOCUMENTS, WRITTEN_BY_HAND, Block, blocks, names_later_layers

LANGUAGES = ("python", "toml", "yaml", "dockerfile", "javascript")
FOUND = [block for path in DOCUMENTS for language in LANGUAGES for block in blocks(path, language)]
LISTINGS = [block for block in FOUND if block.options != "run"]  # those are run by test_commands.py
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")


@pytest.mark.parametrize("listing", LISTINGS, ids=str)
def test_a_listing_is_part_of_the_file_that_it_names(listing: Block) -> None:
    assert listing.options.startswith("file="), "name the file: ```python file=…"
    code = (ROOT / listing.options.removeprefix("file=")).read_text(encoding="utf-8")
    for part in listing.text.split("\n…\n"):
        assert _unindented(part) in _unindented(code), f"not in the file:\n{part}"


@names_later_layers
@pytest.mark.parametrize("path", WRITTEN_BY_HAND, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    missing = [link for link, _ in LINK.findall(text) if not (path.parent / link).exists()]
    assert not missing


@names_later_layers
def test_the_readme_says_correctly_where_things_are() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Where things are")[2].partition("\n## ")[0]
    born = re.split(r"<!-- layer(\d):begin -->", f"<!-- layer1:begin -->{section}")[1:]
    paths = [(int(number), path) for number, text in zip(born[::2], born[1::2], strict=True) for path in _paths(text)]
    assert len(paths) > 15
    for layer in all_layers():
        here = [path for number, path in paths if number <= layer.number]
        assert [path for path in here if not (layer.folder / path).exists() and not (ROOT / path).exists()] == []


def _paths(text: str) -> list[str]:
    """The paths between backticks."""
    return [path for path in re.findall(r"`([^`\s]+)`", text) if "/" in path or "." in path]


def _unindented(text: str) -> str:
    """The lines without indentation and blank ones: a guide shows a method without its class around it."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
