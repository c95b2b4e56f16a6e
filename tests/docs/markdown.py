"""Reads the documentation for the tests of this folder: fenced blocks, and the prose around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from mystack.project import ROOT, all_layers

DOCUMENTS = [
    ROOT / "README.md",
    *sorted(ROOT.glob("layer*/README.md")),
    *sorted((ROOT / "docs").glob("layer*/*.md")),
]
"""README and guides: their commands run, and their listings are the code."""
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
WRITTEN_BY_HAND = [*DOCUMENTS, *DECISIONS, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"]
NEWEST = max(map(int, re.findall(r"`layer(\d)_", DOCUMENTS[0].read_text(encoding="utf-8"))))
"""Of the layers that the README describes."""
names_later_layers = pytest.mark.skipif(
    all_layers()[-1].number < NEWEST, reason="the papers of this tag name files that later layers add"
)
FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
GENERATED = re.compile(r"<!-- (?!layer\d)(\w+):begin -->.*?<!-- \1:end -->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the rest of its info string, and its text."""

    path: Path
    line: int
    language: str
    options: str
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def blocks(path: Path, language: str) -> Iterator[Block]:
    """The fenced blocks of that language, in order."""
    for token in MarkdownIt().parse(path.read_text(encoding="utf-8")):
        found, _, options = token.info.strip().partition(" ")
        if token.type == "fence" and found == language and token.map:
            yield Block(path, token.map[0] + 1, found, options.strip(), token.content)


def prose(path: Path) -> str:
    """The text without fenced and generated blocks."""
    return GENERATED.sub("", FENCE.sub("", path.read_text(encoding="utf-8")))
