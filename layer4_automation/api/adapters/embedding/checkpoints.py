"""What a graph is built from: the configuration, the pooling and the weights of a BERT, in either format."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load_file

from api.adapters.embedding.model_files import WEIGHTS, packed_file
from api.adapters.embedding.packed_e5 import WORDS, PackedE5
from api.errors import NotReady

MODULES = ({"Transformer", "Pooling"}, {"Transformer", "Pooling", "Normalize"})
POOLINGS = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "first"}


def config_of(folder: Path) -> Mapping[str, Any]:
    """As in `config.json`."""
    packed = packed_file(folder)
    config: Mapping[str, Any] = PackedE5(packed).config if packed else _read(folder / "config.json")
    return config


def pooling_of(folder: Path) -> str | None:
    """How the vector of a text is made from those of its tokens: their "mean", or the "first" one. None: otherwise."""
    if packed_file(folder):
        return "mean"
    modules = _read(folder / "modules.json")
    if {module["type"].rsplit(".", 1)[-1] for module in modules} not in MODULES:
        return None
    config = _read(folder / "1_Pooling" / "config.json")
    chosen = [name for name, value in config.items() if name.startswith("pooling_mode_") and value is True]
    return POOLINGS.get(chosen[0]) if len(chosen) == 1 else None


def weights_of(folder: Path) -> Mapping[str, Any]:
    """Arrays of 32 bits by the names that transformers gives them; the words of a packed model are `Grouped`.

    Raises `NotReady`.
    """
    if packed := packed_file(folder):
        model = PackedE5(packed)
        return {**model.weights(), WORDS: model.words()}
    try:
        return load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise unreadable(folder, error) from error


def unreadable(folder: Path, error: Exception) -> NotReady:
    """The error of weights that are missing or damaged."""
    return NotReady(f"The weights in {folder} cannot be read; check EMBEDDING_MODEL and EMBEDDING_PATH. {error!r}")


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
