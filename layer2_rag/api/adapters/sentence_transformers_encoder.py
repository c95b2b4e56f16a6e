"""An embedding model through sentence-transformers, in this process."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api.adapters.minilm_tokens import MiniLmTokens
from api.adapters.model_files import find_model, revision
from api.errors import NotReady
from api.services.embedding import Vectors
from api.services.token_map import TokenCounter


class SentenceTransformersEncoder:
    """The model `name`, from `path` if given. torch is imported by `load`, not before."""

    def __init__(self, name: str, path: Path | None) -> None:
        self.folder = find_model(name, path)
        configuration = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        self.dimension = int(configuration["hidden_size"])
        self.space = f"{name.rsplit('/', 1)[-1]}@{revision(self.folder)}/fp32/{self.dimension}"
        self.tokens: TokenCounter = MiniLmTokens(self.folder / "tokenizer.json", _window(self.folder))
        self._model: Any = None

    def load(self) -> None:
        try:
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)
        except (ImportError, OSError, ValueError) as error:
            raise NotReady(f"The embedding model in {self.folder} cannot be loaded: {error}") from error
        self._model.max_seq_length = _window(self.folder)

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
