"""The workflows are valid and safe, and every job is a list of make targets that this checkout has."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mystack.project import ROOT, all_layers
from mystack.release_notes import notes
from mystack.testing.parts import LIMIT, UNKNOWN, main, parts, read_weights
from tests.workflows.conftest import FOLDER, WORKFLOWS, each_workflow, read, tool

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
MAKE = re.compile(r'make ([a-z-]+)(?: [A-Z]+="\$[A-Z]+")*')
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
CONTENTS, WRITING = "contents", {"packages": "images", "contents": "release"}
"""What a job may be permitted to write, and which job."""


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    return dict(read(path)["jobs"])


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job["steps"]]


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing() -> None:
    run(tool("zizmor"), "--offline", "--no-progress", "--quiet", *map(str, WORKFLOWS))


@each_workflow
def test_actionlint_finds_nothing(path: Path) -> None:
    run(tool("actionlint"), "-no-color", str(path))


@each_workflow
def test_the_schema_of_workflows_accepts_it(path: Path) -> None:
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(path))


@each_workflow
def test_every_job_is_a_list_of_make_targets(path: Path) -> None:
    for step in steps(path):
        if "run" in step:
            match = MAKE.fullmatch(step["run"])
            assert match, step
            assert match[1] in TARGETS


@each_workflow
def test_every_action_is_pinned_and_a_checkout_keeps_no_credentials(path: Path) -> None:
    for step in steps(path):
        if "uses" in step:
            assert PINNED.fullmatch(step["uses"]), step["uses"]
            assert step["with"]["persist-credentials"] is False


@each_workflow
def test_a_job_may_do_little_and_not_for_long(path: Path) -> None:
    assert read(path)["permissions"] == {}
    for name, job in jobs(path).items():
        assert job["permissions"][CONTENTS] in ("read", "write")
        assert all(value == "read" or WRITING[what] == name for what, value in job["permissions"].items())
        assert job["timeout-minutes"] <= 30


def test_the_images_are_those_of_all_layers() -> None:
    for path in WORKFLOWS:
        assert jobs(path)["images"]["strategy"]["matrix"]["layer"] == [layer.number for layer in all_layers()]


def test_the_parts_are_handed_to_the_jobs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    main([])
    name, _, names = (tmp_path / "output").read_text().partition("=")
    assert (name, set(json.loads(names))) == ("parts", {part.name for part in parts()})


def test_every_test_file_is_in_one_part_and_no_part_is_too_long() -> None:
    found = [(part.suite.folder, file) for part in parts() for file in part.suite.collected]
    everything = [
        (folder, path.relative_to(folder).as_posix())
        for folder in (ROOT, *(layer.folder for layer in all_layers()))
        for path in (folder / "tests").rglob("test_*.py")
    ]
    assert sorted(found) == sorted(everything)
    newest, weights = all_layers()[-1].folder, read_weights()
    assert len([file for folder, file in found if folder == newest and file in weights]) > len(weights) / 2
    slowest = max(max(seconds) for seconds in weights.values())
    assert max(part.seconds for part in parts()) <= max(LIMIT, slowest)
    assert max(UNKNOWN) < LIMIT


def test_production_waits_for_an_approval_and_everything_before_it() -> None:
    found = jobs(FOLDER / "release.yml")
    assert found["production"]["environment"]["name"] == "production"
    assert found["production"]["needs"] == "release"
    assert (found["release"]["needs"], found["images"]["needs"]) == ("images", "notes")
    assert read(FOLDER / "release.yml")[True] == {"push": {"tags": ["v*.*.*"]}}


CHANGES = """\
## [Unreleased]

- later

## [5.1.0] - 2026-12-01

<!-- layer5:begin -->
- A thing.

## [5.0.0]

- old
"""


def test_the_notes_of_a_release_are_its_section_of_the_changelog() -> None:
    assert notes("v5.1.0", CHANGES) == "- A thing.\n"
    assert notes("v5.0.0", CHANGES) == "- old\n"


@pytest.mark.parametrize("tag", ["v5.2.0", "v5.0", "main", "v5.1.0-rc1"])
def test_a_release_without_notes_is_refused(tag: str) -> None:
    with pytest.raises(Exception, match=r"no section|not the tag"):
        notes(tag, CHANGES)
