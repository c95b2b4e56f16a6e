"""An embedding model through sentence-transformers, in this process."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api.adapters.embedding.minilm_tokens import MiniLmTokens
from api.adapters.embedding.model_files import find_model, space_name, window
from api.errors import NotReady
from api.services.embedding.encoder_threads import Purpose, Vectors
from api.services.embedding.token_map import TokenCounter

MOST_THREADS = 4


class SentenceTransformersEncoder:
    """The model `name`, from `path` if given. `load` looks for its files and imports torch; nothing happens before.

    Each thread computes alone. torch's own way, one batch shared out to all cores,
    has these wait for each other hundreds of times a batch: a question took 24 ms of computing alone and 150 ms
    shared out, on two busy cores.
    """

    space: str
    dimension: int
    tokens: TokenCounter
    _model: Any
    _torch: Any
    _everyone: int

    def __init__(self, name: str, path: Path | None) -> None:
        self._name = name
        self._path = path
        self._one = threading.Lock()  # the tokenizer is for one thread
        self._thread = threading.local()
        self.threads = min(MOST_THREADS, os.cpu_count() or 1)

    def load(self) -> None:
        try:
            import torch
            from sentence_transformers import SentenceTransformer
            from transformers.utils.logging import disable_progress_bar
        except ModuleNotFoundError as error:
            raise NotReady(
                "EMBEDDING_BACKEND=torch-fp32 needs sentence-transformers:"
                " pip install -c constraints.txt -r requirements-huggingface.txt"
            ) from error

        disable_progress_bar()
        folder = find_model(self._name, self._path)
        length = window(folder)
        self.tokens = MiniLmTokens(folder / "tokenizer.json", length)
        self._torch = torch
        self._everyone = torch.get_num_threads()
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._model.max_seq_length = length
        self.dimension = int(self._model.get_embedding_dimension())
        self.space = space_name(self._name, folder, "torch-fp32", self.dimension)

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> Vectors:
        self._compute_alone()
        with self._one:
            features = self._model.preprocess(list(texts))
        with self._torch.inference_mode():
            vectors = self._model(features)["sentence_embedding"]
            return np.asarray(self._torch.nn.functional.normalize(vectors), dtype=np.float32)

    def _compute_alone(self) -> None:
        """Keep torch, in this thread, from sharing out its work.

        What a thread sets holds for itself and for threads that begin to use torch later, such as those of a language
        model in this process. Therefore another thread sets it back: for those, not for this one.
        """
        if hasattr(self._thread, "alone"):
            return
        with self._one:
            self._torch.get_num_threads()  # a thread's first look at the number would undo what it has set
            self._torch.set_num_threads(1)
            back = threading.Thread(target=self._torch.set_num_threads, args=[self._everyone])
            back.start()
            back.join()
        self._thread.alone = True
