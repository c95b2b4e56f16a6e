"""The jobs as `act` runs them on this machine, without containers: `make test-ci`.

The check job is carried out. Of all jobs the steps run with a `make` in place of the real one, which notes what it is
asked for: nothing is built, published or deployed. (act's own `--dryrun` carries out the steps on such a platform.)
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mystack.project import ROOT, all_layers
from tests.workflows.conftest import FOLDER, tool

pytestmark = [
    pytest.mark.skipif(not os.environ.get("MYSTACK_ACT"), reason="run `make test-ci`"),
    pytest.mark.timeout(1800),
]
HERE = ("ubuntu-24.04=-self-hosted", "self-hosted=-self-hosted", "production=-self-hosted")
NOTING = """#!/bin/sh
echo "$*" >> '{log}'
[ "$1" != test-parts ] || echo 'parts=["spanning-1", "layer1-1"]' >> "$GITHUB_OUTPUT"
"""
LAYERS = [layer.number for layer in all_layers()]
TAG = "v5.1.0"


def act(folder: Path, tools: Path, *arguments: str) -> str:
    """act's output in a repository, where `make` is the one in `tools` if there is one; the job must succeed."""
    platforms = [word for platform in HERE for word in ("--platform", platform)]
    command = [tool("act"), "push", *arguments, *platforms, "--pull=false"]
    env = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def script(path: Path, text: str) -> Path:
    """An executable `make`; returns its folder."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A repository that has nothing but the workflows: a `make` that is not ours finds no target there."""
    made = tmp_path / "repository"
    shutil.copytree(FOLDER, made / ".github" / "workflows")
    author = ("-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")
    for arguments in (("init", "--quiet"), ("add", "--all"), (*author, "commit", "--quiet", "--message", "workflows")):
        subprocess.run(["git", "-C", str(made), *arguments], check=True)
    subprocess.run(["git", "-C", str(made), "tag", TAG], check=True)
    return made


def asked(copy: Path, workflow: str, event: dict[str, str]) -> list[str]:
    """What all jobs of a workflow ask `make` for."""
    log = copy.parent / "asked"
    tools = script(copy.parent / "tools" / "make", NOTING.format(log=log))
    (copy.parent / "event.json").write_text(json.dumps(event))
    act(copy, tools, "--workflows", f".github/workflows/{workflow}", "--eventpath", str(copy.parent / "event.json"))
    return sorted(log.read_text().splitlines())


def test_the_jobs_of_a_change_ask_for_their_targets(copy: Path) -> None:
    parts = [f"test PART={part}" for part in ("spanning-1", "layer1-1")]
    images = [f"{verb} LAYER={layer}" for layer in LAYERS for verb in ("image", "scan")]
    others = ["check", "test-parts", "packages", "packages", "staging", "test-staging", "staging-down"]
    assert asked(copy, "ci.yml", {}) == sorted([*parts, *images, *others])


def test_the_jobs_of_a_release_ask_for_their_targets(copy: Path) -> None:
    images = [f"{verb} LAYER={layer}" for layer in LAYERS for verb in ("image", "scan")]
    published = [f"publish LAYER={layer} VERSION={TAG}" for layer in LAYERS]
    others = [f"release-notes VERSION={TAG}", f"release VERSION={TAG}", f"deploy REF={TAG}", "test-staging", "champion"]
    assert asked(copy, "release.yml", {"ref": f"refs/tags/{TAG}"}) == sorted([*images, *published, *others])


def test_the_check_job_runs_on_this_machine(tmp_path: Path) -> None:
    """It makes an environment of its own, as on a new machine: it would install itself into one that it finds."""
    said = act(ROOT, tmp_path, "--workflows", str(FOLDER / "ci.yml"), "--job", "check")
    assert "checks passed" in said
    assert "Job succeeded" in said
