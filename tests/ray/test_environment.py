"""What can be said of the environment of the server of models without Ray."""

import importlib.util
import stat
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from typer.testing import Result

from mystack.server import listen
from tests.ray.conftest import FOLDER


def start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("serving_start", FOLDER / "start.py")
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_ray_asks_for_a_token_that_only_its_owner_reads(tmp_path: Path) -> None:
    settings = start().settings(tmp_path)
    token = Path(settings["RAY_AUTH_TOKEN_PATH"])
    assert settings["RAY_AUTH_MODE"] == "token"
    assert token.is_relative_to(tmp_path)
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert len(token.read_text()) == 64
    assert start().settings(tmp_path) == settings
    assert start().HOST == "127.0.0.1"


def test_every_package_is_pinned_and_no_index_is_named() -> None:
    pins = [line for line in (FOLDER / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all("==" in line for line in pins)
    assert pins == sorted(pins, key=lambda pin: pin.partition("==")[0].lower())
    wanted = (FOLDER / "requirements.txt").read_text().replace("ray[serve]", "ray").split()
    assert set(wanted) <= set(pins)
    assert all("index-url" not in path.read_text() for path in FOLDER.iterdir() if path.is_file())


def test_it_computes_with_the_packages_of_the_service() -> None:
    """The same versions, so that the vectors are the same."""
    ours = set((FOLDER.parents[1] / "constraints.txt").read_text().split())
    theirs = set((FOLDER / "constraints.txt").read_text().split())
    for name in ("openvino", "tokenizers", "numpy", "fastapi", "pydantic"):
        (pin,) = (each for each in theirs if each.startswith(f"{name}=="))
        assert pin in ours


def test_a_port_in_use_is_one_sentence_before_anything_is_installed(invoke: Callable[..., Result]) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        result = invoke("models", "--port", port)
    assert result.exit_code == 2
    assert f"port {port} on 127.0.0.1 is already in use; choose another with --port" in result.stderr
    assert "Installing" not in result.output
