"""The page's third-party code is what its README says, and is served as a module."""

import hashlib
import re
from pathlib import Path

import httpx2
import pytest

from mystack.project import ROOT

FOLDERS = sorted(ROOT.glob("layer*/api/web/vendor")) + sorted(ROOT.glob("layer*/api/web/*/vendor"))
ROW = re.compile(
    r"^\| `(?P<file>\S+)` \| (?P<package>\S+) (?P<version>\S+) \| (?P<licence>.+) \| `(?P<sha256>[\da-f]{64})` \|$",
    re.MULTILINE,
)
TEXTS = {"README.md", "LICENSES.txt"}


def rows(folder: Path) -> list[re.Match[str]]:
    """The rows of the table in the folder's README."""
    return list(ROW.finditer((folder / "README.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_the_hashes_in_the_readme_are_those_of_the_files(folder: Path) -> None:
    files = [file for file in folder.iterdir() if file.name not in TEXTS]
    assert files
    actual = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    assert {row["file"]: row["sha256"] for row in rows(folder)} == actual


@pytest.mark.parametrize("row", rows(FOLDERS[0]), ids=lambda row: row["file"])
def test_a_file_names_its_version_and_licence_and_runs_no_text_as_code(row: re.Match[str]) -> None:
    code = (FOLDERS[0] / row["file"]).read_text(encoding="utf-8")
    banner, _, body = code.partition("\n")
    assert banner.startswith(f"/*! {row['package']} {row['version']} ")
    assert f"@license {row['licence']}" in banner
    assert not re.search(r"\beval\(|new Function\b|innerHTML|\bimport\b", body)


@pytest.mark.parametrize("row", rows(FOLDERS[0]), ids=lambda row: row["file"])
def test_a_file_is_served_as_a_module(layer1: str, row: re.Match[str]) -> None:
    response = httpx2.get(f"{layer1}/web/vendor/{row['file']}")
    assert response.headers["content-type"].split(";")[0] == "text/javascript"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.content == (FOLDERS[0] / row["file"]).read_bytes()
