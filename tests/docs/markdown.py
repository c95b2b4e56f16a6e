"""What the documentation promises: commands that run, and listings that are the code."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from mystack.project import ROOT

DOCUMENTS = [
    ROOT / "README.md",
    *sorted(ROOT.glob("layer*/README.md")),
    *sorted((ROOT / "docs").glob("layer*/*.md")),
]


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
