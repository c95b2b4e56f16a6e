"""The identity of this layer, read from the layer.toml beside the `api` package."""

import tomllib
from pathlib import Path

from api.services.serving.health import Layer


def read_layer(folder: Path) -> Layer:
    """Raises `KeyError` when the manifest lacks `number`, `name` or `version`."""
    manifest = tomllib.loads((folder / "layer.toml").read_text(encoding="utf-8"))
    return Layer(int(manifest["number"]), str(manifest["name"]), str(manifest["version"]))
