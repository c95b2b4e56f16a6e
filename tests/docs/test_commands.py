"""The commands of README and guides run as they stand, on the layer that they belong to.

A block ```` ```bash no-run ```` is left out: it starts a server, or needs Docker or Ollama, which other tests do.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mystack.project import ROOT, all_layers, find_layer
from mystack.server import serving
from tests.docs.markdown import DOCUMENTS, blocks

COMMANDS = {path: [b for b in blocks(path, "bash") if b.options != "no-run"] for path in DOCUMENTS}
WRITTEN = "127.0.0.1:8000"
COMMAND_SECONDS = 120


def layer_of(path: Path) -> int:
    """The layer that a document is about; the README at the root is about the newest."""
    found = re.search(r"layer(\d)", str(path.relative_to(ROOT)))
    return int(found.group(1)) if found else max(layer.number for layer in all_layers())


@pytest.fixture(scope="module", params=sorted({layer_of(path) for path in DOCUMENTS}))
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    folder = tmp_path_factory.mktemp("data")
    with serving(find_layer(request.param), folder, env=os.environ | {"LLM_PROVIDER": "extractive"}) as server:
        yield request.param, server.url.removeprefix("http://")


def test_every_command_of_a_document_succeeds(address: tuple[int, str], tmp_path: Path) -> None:
    number, host = address
    for path, found in COMMANDS.items():
        if layer_of(path) != number:
            continue
        for block in found:
            script = block.text.replace(WRITTEN, host)
            result = run(script, tmp_path, host)
            assert result.returncode == 0, f"{block}\n{script}\n{result.stdout}{result.stderr}"


def run(script: str, home: Path, host: str) -> "subprocess.CompletedProcess[str]":
    """Run a block as a reader would, in the repository's root with the virtual environment's commands at hand."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "MYSTACK_URL": f"http://{host}",
    }
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
