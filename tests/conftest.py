"""The command line, for tests that span layers."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from mystack.cli import app as mystack


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a `mystack` command in this process, without settings of the environment."""
    for name in ("API_KEY", "MYSTACK_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(mystack, [str(argument) for argument in arguments])
