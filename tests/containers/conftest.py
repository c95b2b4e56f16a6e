"""docker-compose, if this machine has it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def docker_compose(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command, ignoring `.env`. Without docker-compose tests are skipped, except in CI (`.ci/run` installs it)."""
    for command in (["docker-compose"], ["docker", "compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True).returncode == 0:
            return [*command, "--env-file", str(_empty_file(tmp_path_factory.mktemp("compose") / "env"))]
    missing = "docker-compose is not installed (Debian, Ubuntu: apt install docker-compose)"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


def _empty_file(path: Path) -> Path:
    path.touch()
    return path
