"""A layer for measurements: empty stores, no language model, and none of the user's settings."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from mystack.installed import require_dependencies
from mystack.project import Layer, Refusal
from mystack.server import Server, serving

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "PYTHONUTF8", "LD_LIBRARY_PATH")
"""Variables that are passed on. Others may name a store, which must not be filled with test data."""
KEPT_PREFIXES = ("EMBEDDING_", "HF_", "OMP_", "MKL_")
GIVEN = {"LLM_PROVIDER": "extractive", "LOG_LEVEL": "WARNING"}


@contextmanager
def fresh_server(layer: Layer, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[Server]:
    """The layer on a free port, with these settings and a data folder that is deleted at the end.

    Its log is shown only if it does not start.
    """
    require_dependencies(layer)
    with tempfile.TemporaryDirectory(prefix="mystack-") as folder:
        log = Path(folder) / "layer.log"
        env = clean_environment() | dict(settings)
        ready = False
        try:
            with log.open("wb") as output, serving(layer, Path(folder), env=env, output=output) as server:
                ready = True
                yield server
        except Refusal:
            if not ready:
                shutil.copyfileobj(log.open(encoding="utf-8", errors="replace"), sys.stderr)
            raise


def clean_environment() -> dict[str, str]:
    """The kept variables, and the settings of every such server."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    return kept | GIVEN
