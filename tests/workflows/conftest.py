"""The workflows, and the tools that read them."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mystack.project import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path: Path) -> dict[str, Any]:
    """A workflow; YAML 1.1 reads its key `on` as true."""
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def tool(name: str) -> str:
    """The path of a tool that is installed beside this Python."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found, f"{name} is not installed: it is in requirements-test.txt"
    return found
