"""What `mystack monitor` writes for Prometheus, and what it refuses."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import Result

from mystack.monitor import Place, Target, configure
from mystack.project import find_layer
from mystack.server import listen

Invoke = Callable[..., Result]


def job(folder: Path, target: Target, worker_port: int | None = None) -> dict[str, Any]:
    configure(Place(find_layer(5), folder, 9090, 9093), target, "http://127.0.0.1:9099/", worker_port)
    written = yaml.safe_load((folder / "prometheus.yml").read_text())
    return next(each for each in written["scrape_configs"] if each["job_name"] == "mystack")


def test_a_layer_by_https_with_a_key_is_scraped_so(tmp_path: Path) -> None:
    found = job(tmp_path, Target("layer.example:443", "hidden", secure=True), 9101)
    assert (found["scheme"], found["authorization"]) == ("https", {"credentials_file": "key"})
    assert next(each for one in found["static_configs"] for each in one["targets"]) == "layer.example:443"
    assert "hidden" not in "".join(path.read_text() for path in tmp_path.glob("*.yml"))
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    assert "layer.example:9101" in (tmp_path / "prometheus.yml").read_text()


def test_a_layer_on_this_machine_needs_neither(tmp_path: Path) -> None:
    assert "scheme" not in job(tmp_path, Target("127.0.0.1:8000"))
    assert (tmp_path / "key").read_text() == ""


@pytest.mark.parametrize("option", ["--port", "--alertmanager-port"])
def test_a_port_in_use_is_one_sentence(invoke: Invoke, tmp_path: Path, option: str) -> None:
    other = "--alertmanager-port" if option == "--port" else "--port"
    with listen("127.0.0.1", 0) as taken, listen("127.0.0.1", 0) as free:
        ports = taken.getsockname()[1], free.getsockname()[1]
        free.close()
        result = invoke("monitor", option, ports[0], other, ports[1], "--data", tmp_path)
    assert result.exit_code == 2
    assert f"port {ports[0]} on 127.0.0.1 is already in use; choose another with {option}\n" in result.stderr


@pytest.mark.parametrize("url", ["nowhere", "http://127.0.0.1:none", "ftp://127.0.0.1"])
def test_what_is_no_url_is_one_sentence(invoke: Invoke, url: str) -> None:
    result = invoke("monitor", "--url", url)
    assert result.exit_code == 2
    assert f"{url} is not a URL" in result.stderr
