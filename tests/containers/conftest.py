"""docker-compose, as it is found on this machine."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def docker_compose(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command, deaf to a `.env`; without it a test is skipped, in CI (where `.ci/run` installs it) it fails."""
    for command in (["docker-compose"], ["docker", "compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True).returncode == 0:
            return [*command, "--env-file", str(_empty(tmp_path_factory.mktemp("compose") / "env"))]
    missing = "docker-compose is not installed (Debian, Ubuntu: apt install docker-compose)"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


def _empty(path: Path) -> Path:
    path.touch()
    return path
