"""An embedding model through OpenVINO: the vectors that sentence-transformers gives, or nearly so, sooner."""

import os
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal

import numpy as np
from tokenizers import Tokenizer

from api.adapters.embedding.minilm_tokens import MiniLmTokens
from api.adapters.embedding.model_files import find_model, space_name, window
from api.services.embedding.encoder_threads import Purpose, Vectors
from api.services.embedding.token_map import TokenCounter

Precision = Literal["int8", "fp32"]
SETTINGS = {
    "INFERENCE_PRECISION_HINT": "f32",
    "ENABLE_CPU_PINNING": False,  # who is tied to a processor waits for it, even if another is free
}


class OpenVinoEncoder:
    """The model `name`, from `path` if given. Nothing is loaded before `load`, and nothing of OpenVINO imported.

    A question is shared out to all cores, unless documents are being embedded: then one core is sooner than two of
    which one is busy. A batch of a document has one core to itself, and so many are embedded at once: no core waits for
    another, which gains a sixth.
    """

    space: str
    dimension: int
    tokens: TokenCounter
    _tokenizer: Tokenizer
    _question: Any
    _question_beside: Any
    _documents: "SimpleQueue[Any]"

    def __init__(self, name: str, path: Path | None, precision: Precision) -> None:
        self._name = name
        self._path = path
        self._precision = precision
        self.threads = os.cpu_count() or 1

    def load(self) -> None:
        folder = find_model(self._name, self._path)
        length = window(folder)
        self.tokens = MiniLmTokens(folder / "tokenizer.json", length)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(length)
        self._tokenizer.enable_padding()
        alone, one, shared = self._compiled(folder)
        self._question, self._question_beside = shared.create_infer_request(), one.create_infer_request()
        self._documents = SimpleQueue()
        for _ in range(self.threads):
            self._documents.put(alone.create_infer_request())
        self.dimension = int(shared.output(0).partial_shape[1].get_length())
        self.space = space_name(self._name, folder, f"openvino-{self._precision}", self.dimension)

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([it.ids for it in encoded], dtype=np.int64)
        mask = np.array([it.attention_mask for it in encoded], dtype=np.int64)
        if purpose is Purpose.QUESTION:
            busy = self._documents.qsize() < self.threads
            return _inferred(self._question_beside if busy else self._question, ids, mask)
        request = self._documents.get()
        try:
            return _inferred(request, ids, mask)
        finally:
            self._documents.put(request)

    def _compiled(self, folder: Path) -> tuple[Any, Any, Any]:
        """The model for batches that have one core each, for a question that has one, and for one that has them all."""
        import openvino

        from api.adapters.embedding import openvino_bert, openvino_int8

        model = openvino_bert.graph_of(folder)
        settings = SETTINGS
        if self._precision == "int8":
            packed = openvino_int8.has_instructions()
            openvino_int8.round_weights(model, packed)
            settings = SETTINGS | openvino_int8.SETTINGS if packed else SETTINGS
        core, threads = openvino.Core(), str(self.threads)
        alone = settings | {"NUM_STREAMS": threads, "INFERENCE_NUM_THREADS": threads}
        one = settings | {"NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": "1"}
        shared = settings | {"PERFORMANCE_HINT": "LATENCY"}
        first, second, third = (core.compile_model(model, "CPU", chosen) for chosen in (alone, one, shared))
        return first, second, third


def _inferred(request: Any, ids: Any, mask: Any) -> Vectors:
    """A copy: the request writes its next answer to the same place."""
    return np.array(request.infer([ids, mask])[0], dtype=np.float32)
