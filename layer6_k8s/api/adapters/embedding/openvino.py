"""An embedding model on OpenVINO: faster than sentence-transformers, with almost the same vectors."""

from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal

import numpy as np

from api.adapters.embedding.model_files import find_model, space_name
from api.adapters.embedding.model_tokens import ModelTokens
from api.adapters.embedding.processors import processors
from api.services.embedding.encoder_threads import Purpose, Vectors
from api.services.embedding.prefixes import prefixes_of
from api.services.embedding.token_map import TokenCounter

Precision = Literal["int8", "fp32"]
SETTINGS = {
    "INFERENCE_PRECISION_HINT": "f32",
    "ENABLE_CPU_PINNING": False,  # a pinned thread waits for its core even when another one is free
}


class OpenVinoEncoder:
    """The model `name`, from `path` if given. OpenVINO and the weights are loaded by `load`.

    A question uses all cores, unless documents are being embedded: then one free core is faster than two of which one
    is busy. Document batches run on one core each, as many in parallel as there are cores: no core waits for another,
    which is a sixth faster.
    """

    space: str
    dimension: int
    tokens: TokenCounter
    _tokens: ModelTokens
    _question: Any
    _question_on_one_core: Any
    _documents: "SimpleQueue[Any]"

    def __init__(self, name: str, path: Path | None, precision: Precision) -> None:
        self._name = name
        self._path = path
        self._prefixes = prefixes_of(name)
        self._precision = precision
        self.threads = processors()

    def load(self) -> None:
        folder = find_model(self._name, self._path)
        self.tokens = self._tokens = ModelTokens(folder, self._prefixes)
        batches, one_core, all_cores = self._compiled(folder)
        self._question, self._question_on_one_core = all_cores.create_infer_request(), one_core.create_infer_request()
        self._documents = SimpleQueue()
        for _ in range(self.threads):
            self._documents.put(batches.create_infer_request())
        self.dimension = int(all_cores.output(0).partial_shape[1].get_length())
        self.space = space_name(self._name, folder, f"openvino-{self._precision}", self.dimension)

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> Vectors:
        ids, mask = self._tokens.batch(self._prefixes.added(texts, purpose))
        if purpose is Purpose.QUESTION:
            busy = self._documents.qsize() < self.threads
            return _inferred(self._question_on_one_core if busy else self._question, ids, mask)
        request = self._documents.get()
        try:
            return _inferred(request, ids, mask)
        finally:
            self._documents.put(request)

    def _compiled(self, folder: Path) -> tuple[Any, Any, Any]:
        """The model compiled for document batches on one core each, a question on one core, a question on all cores."""
        import openvino

        from api.adapters.embedding import openvino_bert, openvino_int8

        model = openvino_bert.graph_of(folder)
        settings = SETTINGS
        if self._precision == "int8":
            packed = openvino_int8.has_instructions()
            openvino_int8.round_weights(model, packed)
            settings = SETTINGS | openvino_int8.SETTINGS if packed else SETTINGS
        core, threads = openvino.Core(), str(self.threads)
        batches = settings | {"NUM_STREAMS": threads, "INFERENCE_NUM_THREADS": threads}
        one_core = settings | {"NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": "1"}
        all_cores = settings | {"PERFORMANCE_HINT": "LATENCY"}
        first, second, third = (core.compile_model(model, "CPU", use) for use in (batches, one_core, all_cores))
        return first, second, third


def _inferred(request: Any, ids: Any, mask: Any) -> Vectors:
    """A copy, because the request writes its next result into the same memory."""
    return np.array(request.infer([ids, mask])[0], dtype=np.float32)
