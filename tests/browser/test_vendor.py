"""The page's third-party code is what its README says, and is served as a module."""

import hashlib
import re
from pathlib import Path

import httpx2
import pytest

from mystack.project import ROOT

FOLDERS = sorted(ROOT.glob("layer*/api/web/vendor"))
ROW = re.compile(r"^\| `(?P<file>\S+)` \| .+ \| `(?P<sha256>[\da-f]{64})` \|$", re.MULTILINE)
TEXTS = {"README.md", "LICENSES.txt"}


def rows(folder: Path) -> dict[str, str]:
    """File → SHA-256, as the folder's README says."""
    readme = (folder / "README.md").read_text(encoding="utf-8")
    return {row["file"]: row["sha256"] for row in ROW.finditer(readme)}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(ROOT).parts[0])
def test_the_hashes_in_the_readme_are_those_of_the_files(folder: Path) -> None:
    files = [file for file in folder.iterdir() if file.name not in TEXTS]
    assert files
    assert rows(folder) == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.mark.parametrize("name", rows(FOLDERS[0]))
def test_the_files_say_their_version_and_licence_and_run_no_text_as_code(name: str) -> None:
    code = (FOLDERS[0] / name).read_text(encoding="utf-8")
    package, version = re.search(rf"`{name}` \| (\S+) (\S+)", (FOLDERS[0] / "README.md").read_text()).groups()  # type: ignore[union-attr]
    assert code.startswith(f"/*! {package} {version} ")
    assert "@license MIT" in code.partition("\n")[0]
    assert not re.search(r"\beval\(|new Function\b|innerHTML|\bimport\b", code.partition("\n//# sourceMappingURL")[0])


@pytest.mark.parametrize("name", rows(FOLDERS[0]))
def test_they_are_served_as_modules(layer1: str, name: str) -> None:
    response = httpx2.get(f"{layer1}/web/vendor/{name}")
    assert response.headers["content-type"].split(";")[0] == "text/javascript"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.content == (FOLDERS[0] / name).read_bytes()
