"""Every layer reads every format alike, and the guide names each."""

import json
import re
import runpy
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from mystack.project import ROOT, Layer, all_layers

GUIDE = ROOT / "docs/layer2/01-rag-fundamentals.md"
SUPPORTED = "api/services/parsing/supported.py"
LAYERS = [layer for layer in all_layers() if (layer.folder / SUPPORTED).exists()]
READ = """
import hashlib, json
from dataclasses import asdict
from api.adapters.parsing.formats import PARSERS, parse_document
from api.services.parsing.parser import IMAGES, ParseLimits
from tests.parsing.test_properties import ORIGINALS

documents = [parse_document(data, "file", ParseLimits()) for data in ORIGINALS]
digests = [hashlib.sha256(json.dumps(asdict(document)).encode()).hexdigest() for document in documents]
print(json.dumps({"formats": sorted(PARSERS), "images": sorted(IMAGES), "documents": digests}))
"""


@cache
def readings(folder: str) -> dict[str, Any]:
    """The formats that a layer reads, and its documents of one file of most, from a process of its own."""
    command = [sys.executable, "-c", READ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("layer", LAYERS[1:], ids=lambda layer: layer.folder.name)
def test_the_same_file_gives_the_same_document_in_every_layer(layer: Layer) -> None:
    first = readings(str(LAYERS[0].folder))
    assert len(first["documents"]) > 15
    assert readings(str(layer.folder)) == first


def test_the_guide_has_a_line_for_every_format() -> None:
    table = GUIDE.read_text().partition("### Formats")[2].partition("| format |")[2].partition("\n\n")[0]
    named = [name for row in re.findall(r"^\| ([^|-][^|]*) \|", table, re.MULTILINE) for name in row.split(", ")]
    formats = runpy.run_path(str(LAYERS[0].folder / SUPPORTED))["FORMATS"]
    images = {"png", "jpeg", "tiff", "webp"}
    assert {name.casefold() for name in named} == {*re.split(r"[;,] | and ", formats.casefold()), *images}
    known = readings(str(LAYERS[0].folder))
    assert len(named) == len(known["formats"]) + len(known["images"])
