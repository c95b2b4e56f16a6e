"""An embedding model through sentence-transformers, in this process."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api.adapters.minilm_tokens import MiniLmTokens
from api.adapters.model_files import find_model, revision
from api.services.encoder_thread import Vectors
from api.services.token_map import TokenCounter


class SentenceTransformersEncoder:
    """The model `name`, from `path` if given. `load` looks for its files and imports torch; nothing happens before."""

    space: str
    dimension: int
    tokens: TokenCounter
    _model: Any

    def __init__(self, name: str, path: Path | None) -> None:
        self._name = name
        self._path = path

    def load(self) -> None:
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        folder = find_model(self._name, self._path)
        window = _window(folder)
        self.tokens = MiniLmTokens(folder / "tokenizer.json", window)
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._model.max_seq_length = window
        self.dimension = int(self._model.get_embedding_dimension())
        self.space = f"{self._name.rsplit('/', 1)[-1]}@{revision(folder)}/fp32/{self.dimension}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = self._model.encode(
            list(texts),
            batch_size=len(texts),
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)


def _window(folder: Path) -> int:
    """How many wordpieces the model reads, special tokens included."""
    configuration = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
    return int(configuration["max_seq_length"])
