"""The jobs as `act` runs them: the check job on this machine, without containers; of the others, the plan."""

import os
import subprocess

import pytest

from mystack.project import ROOT
from tests.workflows.conftest import FOLDER, WORKFLOWS, read, tool

pytestmark = [
    pytest.mark.skipif(not os.environ.get("MYSTACK_ACT"), reason="run `make test-ci`"),
    pytest.mark.timeout(1800),
]
HERE = ("--platform", "ubuntu-24.04=-self-hosted", "--platform", "self-hosted=-self-hosted")
EVENTS = {"ci.yml": "push", "release.yml": "push"}
JOBS = [(path.name, job) for path in WORKFLOWS for job in read(path)["jobs"]]


def act(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run act in this checkout itself (`--bind`): its `.venv` is used."""
    command = [tool("act"), *arguments, *HERE, "--bind", "--pull=false"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_check_job_runs_on_this_machine() -> None:
    done = act("push", "--workflows", str(FOLDER / "ci.yml"), "--job", "check")
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    assert "checks passed" in done.stdout
    assert "Job succeeded" in done.stdout


@pytest.mark.parametrize(("workflow", "job"), JOBS)
def test_a_job_can_be_planned(workflow: str, job: str) -> None:
    done = act(EVENTS[workflow], "--workflows", str(FOLDER / workflow), "--job", job, "--dryrun")
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
