"""Clients of OpenAI's API work as their own documentation says. These tests run on request: `make test-clients`."""

import os
import subprocess
from collections.abc import Callable

import pytest

from tests.clients.conftest import INSTALL_SECONDS, PINS, RUN_SECONDS, SWITCH

pytestmark = [
    pytest.mark.skipif(not os.environ.get(SWITCH), reason="run `make test-clients`"),
    pytest.mark.timeout(INSTALL_SECONDS + RUN_SECONDS),
]


@pytest.mark.parametrize("name", PINS)
def test_the_client_works(name: str, run: Callable[[str], subprocess.CompletedProcess[str]]) -> None:
    done = run(name)
    assert done.returncode == 0, done.stdout + done.stderr[-5_000:]
