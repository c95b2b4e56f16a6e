"""A profile of docker-compose.yml, built and started in a compose project of its own.

These tests run only on request (`make test-containers`): they need minutes, a Docker engine and the base images.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mystack.project import ROOT
from tests.containers.files import COMPOSE, front, settings

SWITCH = "MYSTACK_CONTAINERS"
BUILD_SECONDS = 1800
HEALTHY_SECONDS = 180
STOP_SECONDS = 12  # uvicorn's five, and some reserve; Docker kills after 15
PROJECT = "mystack-test"

needs_docker = pytest.mark.skipif(not os.environ.get(SWITCH), reason="run `make test-containers`")
"""Marks tests that need a Docker engine."""


@dataclass(frozen=True)
class Stack:
    """One layer and its stores, in containers."""

    layer: str
    command: Sequence[str]
    url: str
    env: dict[str, str]

    def compose(self, *arguments: str, seconds: float = 300) -> str:
        """Run docker-compose and return its output; a failure shows the output."""
        return run([*self.command, *arguments], self.env, seconds)

    def container(self, service: str = "") -> dict[str, Any]:
        """`docker inspect` of a service's container, by default the layer's."""
        name = self.compose("ps", "-q", service or self.layer).strip()
        found: dict[str, Any] = json.loads(run(["docker", "inspect", name], self.env))[0]
        return found

    def run_inside(self, script: str) -> str:
        """Run a shell script in the layer's container and return its output."""
        return self.compose("exec", "-T", self.layer, "sh", "-c", script).strip()

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + HEALTHY_SECONDS
        while (status := self.container(front(self.layer))["State"]["Health"]["Status"]) != "healthy":
            assert time.monotonic() < deadline, f"{status}\n{self.compose('logs', self.layer)}"
            time.sleep(1)

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=60, trust_env=False)

    def assert_isolated(self, service: str) -> None:
        """The service publishes no port, and its network has no access to other networks."""
        network = self.container(service)["NetworkSettings"]
        assert not any(network["Ports"].values())
        [name] = network["Networks"]
        [found] = json.loads(run(["docker", "network", "inspect", name], self.env))
        assert found["Internal"] is True

    def up(self) -> None:
        """Start the layer, its proxy and its stores, and wait until it is healthy."""
        self.compose("up", "-d", front(self.layer))
        self.wait_until_healthy()

    def stop(self) -> float:
        """Stop the layer; returns the seconds that it took."""
        started = time.monotonic()
        self.compose("stop", self.layer)
        return time.monotonic() - started


@contextmanager
def running(layer: str, docker_compose: Sequence[str], folder: Path, **override: dict[str, Any]) -> Iterator[Stack]:
    """The profile `layer`, healthy, on a free port; `override` is merged into its services. Keeps the images."""
    file = folder / "override.json"  # every JSON text is YAML
    file.write_text(json.dumps({"services": override | {layer: {"build": {"network": "host"}} | override[layer]}}))
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if name not in settings()}
    stack = Stack(
        layer,
        [*docker_compose, "-p", PROJECT, "-f", str(COMPOSE), "-f", str(file), "--profile", layer],
        f"http://127.0.0.1:{port}",
        clean | {"PORT": str(port), "LLM_PROVIDER": "extractive"},
    )
    stack.compose("build", layer, seconds=BUILD_SECONDS)
    try:
        stack.up()
        yield stack
    finally:
        stack.compose("down", "--volumes", "--timeout", "15")


def run(command: Sequence[str], env: dict[str, str], seconds: float = 60) -> str:
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=seconds, check=False)
    assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
    return result.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
