"""What the oldest Python that is supported does otherwise than later ones."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{[\d,]+\})\+")


def test_no_pattern_has_a_possessive_group() -> None:
    """Before Python 3.11.5 its match may end at a wrong place (gh-106052); an atomic group, `(?>(?:…)*)`, does not."""
    assert POSSESSIVE_GROUP.search(r"(?:[.,]\d++)*+")
    sources = [path for folder in ("layer*/api", "mystack") for path in ROOT.glob(f"{folder}/**/*.py")]
    assert len(sources) > 100
    assert [path for path in sources if POSSESSIVE_GROUP.search(path.read_text(encoding="utf-8"))] == []
