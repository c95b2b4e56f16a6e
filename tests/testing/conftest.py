"""Three small layers in a repository, and a run of all their tests as `mystack test --all` does it."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from mystack.layers.repository import Repository
from mystack.project import Layer
from mystack.testing.app import every_layer
from mystack.testing.outcomes import Outcome
from mystack.testing.suites import run_suites

FOLDERS = ("layer1_one", "layer2_two", "layer3_three")
CONFIG = """
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "-p", "no:schemathesis", "-p", "no:cacheprovider"]
"""
CARRIED = {
    "api/__init__.py": "",
    "api/text.py": "WORDS = 2\n",
    "tests/conftest.py": "pytest_plugins = ['tests.needs']\nimport api.wiring\n",
    "tests/test_text.py": """
        import pytest
        from api.text import WORDS
        @pytest.mark.parametrize("number", [1, 2, 3])
        def test_words(number): assert WORDS
    """,
    "tests/test_wired.py": """
        import pytest
        @pytest.mark.parametrize("number", [1, 2, 3])
        def test_wired(number):
            import api.wiring
        def test_once(): pass
    """,
    "tests/test_by_name.py": """
        import importlib
        def test_by_name(): assert importlib.import_module("api.formats").NAME
    """,
    "tests/test_after_it.py": """
        import importlib
        def test_by_name(): assert importlib.import_module("api.formats").NAME
    """,
    "tests/test_opened.py": """
        from pathlib import Path
        def test_opened(): assert Path("api/page.html").read_text()
    """,
    "tests/test_listed.py": """
        import os
        def test_listed(): assert os.listdir("api")
    """,
    "tests/test_process.py": """
        import subprocess, sys
        def test_process(): subprocess.run([sys.executable, "-c", "import api.wiring"], check=True)
    """,
    "tests/test_fixture.py": "def test_fixture(needs): pass\n",
    "tests/test_indirect.py": "import api.middle\ndef test_indirect(): pass\n",
    "api/middle.py": "from api import formats\n",
}
"""Files that all three layers hold alike."""


class Layers:
    """Where the small layers are, and how their tests went."""

    def __init__(self, root: Path, outcomes: Sequence[Outcome]) -> None:
        self.root = root
        self.outcomes = outcomes

    def ran(self, file: str) -> dict[str, int]:
        """How many tests of a file each layer ran."""
        names = [case.name for outcome in self.outcomes for case in outcome.cases]
        return {folder: sum(name.startswith(f"{folder}/tests/{file}.py::") for name in names) for folder in FOLDERS}


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.replace("\n        ", "\n"))


@pytest.fixture(scope="session")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Layers:
    """The layers differ in `api/wiring.py`, `api/formats.py`, `api/page.html` and `tests/needs.py`."""
    root = tmp_path_factory.mktemp("layers")
    write(root, {"pyproject.toml": CONFIG, ".gitignore": "__pycache__/\n"})
    for number, folder in enumerate(FOLDERS, start=1):
        needs = f"import pytest\n@pytest.fixture\ndef needs(): return {number}\n"
        own = dict.fromkeys(("api/wiring.py", "api/formats.py", "api/page.html"), f"NAME = {number}\n")
        parent = f'parent = "{FOLDERS[number - 2]}"\n' if number > 1 else ""
        manifest = f'number = {number}\nname = "n"\nversion = "1"\nsentence = "S."\n{parent}'
        write(root / folder, CARRIED | own | {"tests/needs.py": needs, "layer.toml": manifest})
    write(root / FOLDERS[1], {"tests/test_second.py": CARRIED["tests/test_wired.py"]})
    write(root / FOLDERS[2], {"tests/test_second.py": CARRIED["tests/test_wired.py"]})
    subprocess.run(["git", "init", "--quiet", root], check=True)
    found = [Layer(number, root / folder) for number, folder in enumerate(FOLDERS, start=1)]
    outcomes = run_suites(every_layer(found, Repository(root)), ["-q"], root / "results", at_once=2)
    return Layers(root, outcomes)
