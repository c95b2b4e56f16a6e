"""The newest layer with OCR, whose libraries are installed in a folder of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from mystack.fresh import clean_environment
from mystack.project import ROOT, find_layer
from mystack.server import serving
from tests.ocr.scans import Library

SWITCH = "MYSTACK_OCR"
SITE = ROOT / ".mystack" / "ocr"
DISTRIBUTIONS = (
    *("rapidocr", "opencv-python-headless", "pillow", "shapely", "pyclipper", "omegaconf"),
    *("antlr4-python3-runtime", "colorlog"),
)
"""What the extra `ocr` adds to the environment of the tests: 230 MB."""
SETTINGS = {"OCR": "true", "OCR_PAGES": "3", "UPLOAD_WAIT_SECONDS": "600", "PARSE_PROCESSES": "1"}
SECONDS = 600.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skipif(not os.environ.get(SWITCH), reason="run `make test-ocr`"))
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of OCR's libraries, which this process may import, too."""
    pins = (ROOT / "constraints.txt").read_text()
    stamp = SITE / "installed"
    if not stamp.is_file() or stamp.read_text() != pins:
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--upgrade"]
        into = ["--target", str(SITE), "--no-deps", "-c", str(ROOT / "constraints.txt")]
        subprocess.run([*pip, *into, *DISTRIBUTIONS], check=True)
        stamp.write_text(pins)
    sys.path.append(str(SITE))
    return SITE


@pytest.fixture(scope="session")
def library(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(site))))
    environment = clean_environment() | SETTINGS | {"PYTHONPATH": path}
    with (
        serving(find_layer(), tmp_path_factory.mktemp("ocr"), env=environment) as server,
        httpx2.Client(base_url=server.url, timeout=SECONDS) as http,
    ):
        yield Library(http)
