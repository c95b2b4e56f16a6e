"""Parsers for the Dockerfiles, docker-compose.yml and .env.example."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mystack.project import ROOT, Layer

COMPOSE = ROOT / "docker-compose.yml"
ENV_EXAMPLE = ROOT / ".env.example"


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile, with continuation lines joined."""

    name: str
    text: str

    @property
    def command(self) -> list[str]:
        """The program and its arguments; fails on the shell form, in which the shell receives the signals."""
        return [str(word) for word in json.loads(self.text[self.text.index("[") :])]


def dockerfile(layer: Layer) -> list[Instruction]:
    text = (layer.folder / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n", "", "\n".join(lines)).splitlines()
    return [Instruction(*line.split(None, 1)) for line in joined if line.strip()]


def services(path: Path = COMPOSE) -> dict[str, dict[str, Any]]:
    """The services of the compose file, with anchors resolved and variables unresolved."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())["services"]
    return found


def variables(text: str) -> set[str]:
    """The variable names in ${…}."""
    return set(re.findall(r"(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)", text))


def settings(path: Path = ENV_EXAMPLE) -> set[str]:
    """The names of the settings in `.env.example`."""
    return set(re.findall(r"^([A-Z][A-Z0-9_]*)=", path.read_text(), re.MULTILINE))


def front(layer: str) -> str:
    """The service that publishes a layer: its proxy, if it has one."""
    return f"{layer}-proxy" if f"{layer}-proxy" in services() else layer
