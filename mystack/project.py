"""The folders of the project and its layers.

Standard library only: `bootstrap` uses this module before anything is installed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Refusal(Exception):
    """What the user must change first, in one sentence; the command line prints it and exits with 2."""


@dataclass(frozen=True)
class Layer:
    """One `layerN_name` folder."""

    number: int
    folder: Path

    @property
    def extra(self) -> str:
        """The extra that installs this layer's dependencies."""
        return f"layer{self.number}"

    def data(self, given: Path | None) -> Path:
        """The folder of its embedded services' files: the given one, or the default."""
        return given.expanduser().resolve() if given else ROOT / ".mystack" / self.extra


def all_layers(root: Path = ROOT) -> list[Layer]:
    """The layers of a checkout, the first one first."""
    found = ((re.match(r"layer(\d+)_", path.name), path) for path in root.glob("layer*_*") if path.is_dir())
    return sorted((Layer(int(match[1]), path) for match, path in found if match), key=lambda layer: layer.number)


def find_layer(number: str | int | None = None) -> Layer:
    """The layer with that number or folder name, or the newest one. Refuses an unknown number."""
    layers = all_layers()
    if not layers:
        raise Refusal(f"there are no layers in {ROOT}: run this from a clone of the repository")
    if number in (None, ""):
        return layers[-1]
    for layer in layers:
        if str(number) in (str(layer.number), layer.folder.name):
            return layer
    raise Refusal(f"there is no layer {number}; this checkout has {', '.join(str(layer.number) for layer in layers)}")
