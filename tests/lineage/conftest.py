"""Small layered repositories in a temporary folder, used through the commands."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from mystack.layers import app
from mystack.project import Refusal

ONE, TWO, THREE = "layer1_one", "layer2_two", "layer3_three"
README = "# A layer\n\n<!-- step:begin -->\n<!-- step:end -->\n"
FIRST = 'number = 1\nname = "one"\nversion = "1.0.0"\nsentence = "A chat."\n'
SECOND = """number = 2
name = "two"
version = "2.0.0"
parent = "layer1_one"
sentence = "A chat over documents."

[changed]
"api/wiring.py" = "The search is wired."

[[added]]
files = ["api/search.py", "tests/search/"]
reason = "Search."
"""
WIRING = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\nf = 6\n"


class Project:
    """A repository with its layers; paths are relative to its root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def exists(self, path: str) -> bool:
        return (self.root / path).exists()

    def delete(self, path: str) -> None:
        (self.root / path).unlink()

    def replace(self, path: str, old: str, new: str) -> None:
        assert old in self.read(path)
        self.write(path, self.read(path).replace(old, new))

    def declare(self, layer: str, toml: str) -> None:
        """Append to a layer's manifest."""
        self.write(f"{layer}/layer.toml", self.read(f"{layer}/layer.toml") + toml)

    def git(self, *args: str) -> str:
        command = ["git", "-c", "user.name=Reader", "-c", "user.email=reader@example.org", *args]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "A commit", "--allow-empty")

    def layers(self, *args: str) -> str:
        """Run a command in the root and return its output; a refusal or a failure is raised."""
        before = Path.cwd()
        os.chdir(self.root)
        try:
            result = CliRunner().invoke(app, args)
        finally:
            os.chdir(before)
        if isinstance(result.exception, Refusal):
            raise result.exception
        if result.exit_code:
            raise typer.Exit(result.exit_code)
        return result.stdout

    def sync(self) -> str:
        return self.layers("sync", "--no-test")

    def refused(self, *args: str) -> str:
        """Run a command that must refuse; returns its message."""
        with pytest.raises(Refusal) as refusal:
            self.layers(*args)
        return str(refusal.value)


@pytest.fixture(autouse=True)
def no_user_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A repository without files or commits."""
    project = Project(tmp_path / "empty")
    project.root.mkdir()
    project.git("init", "--quiet", "--initial-branch=main")
    return project


@pytest.fixture
def project(tmp_path: Path, built: Path) -> Project:
    """Two layers in step and committed: layer 2 inserts a line into the wiring and adds a search."""
    shutil.copytree(built, tmp_path / "project")
    return Project(tmp_path / "project")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = Project(tmp_path_factory.mktemp("layers"))
    project.git("init", "--quiet", "--initial-branch=main")
    project.write(f"{ONE}/layer.toml", FIRST)
    project.write(f"{ONE}/README.md", README)
    project.write(f"{ONE}/requirements.txt", "fastapi\n")
    project.write(f"{ONE}/api/main.py", "def app(): ...\n")
    project.write(f"{ONE}/api/chat.py", "def chat(): ...\n")
    project.write(f"{ONE}/api/wiring.py", WIRING)
    project.write(f"{TWO}/layer.toml", SECOND)
    project.write(f"{TWO}/README.md", README)
    project.write(f"{TWO}/requirements.txt", "fastapi\nqdrant-client\n")
    project.write(f"{TWO}/api/wiring.py", WIRING + "search = 7\n")
    project.write(f"{TWO}/api/search.py", "def search(): ...\n")
    project.write(f"{TWO}/tests/search/test_search.py", "def test_search(): ...\n")
    project.write(".gitignore", "__pycache__/\n")
    project.sync()
    project.commit()
    return project.root


@pytest.fixture
def third(project: Project) -> Project:
    """A third layer that changes the wiring once more."""
    manifest = FIRST.replace("1", "3").replace("one", "three") + f'parent = "{TWO}"\n'
    project.write(f"{THREE}/layer.toml", manifest + '[changed]\n"api/wiring.py" = "A database is wired."\n')
    project.write(f"{THREE}/README.md", README)
    project.sync()
    project.replace(f"{THREE}/api/wiring.py", "search = 7\n", "search = 7\ndatabase = 8\n")
    project.sync()
    project.commit()
    return project


ECHO = ("api/adapters/echo/chat.py", "api/adapters/echo/models.py")
"""Files of a folder that layer 2 may remove."""


@pytest.fixture
def echo(project: Project) -> Project:
    """Both layers have the folder `api/adapters/echo/`."""
    for path in ECHO:
        project.write(f"{ONE}/{path}", f"# {path}\n")
    project.sync()
    project.commit()
    return project
