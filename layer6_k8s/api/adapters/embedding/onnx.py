"""An embedding model on ONNX Runtime, for processors that OpenVINO does not know, such as ARM's."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from api.adapters.embedding import onnx_bert
from api.adapters.embedding.model_files import find_model, space_name
from api.adapters.embedding.model_tokens import ModelTokens
from api.adapters.embedding.processors import processors
from api.errors import NotReady
from api.services.embedding.encoder_threads import Purpose, Vectors
from api.services.embedding.prefixes import prefixes_of
from api.services.embedding.token_map import TokenCounter

Precision = Literal["int8", "fp32"]
MISSING = "EMBEDDING_BACKEND=onnx-{} needs ONNX Runtime: pip install -c constraints.txt -e '.[onnx]'"
WARNINGS_OFF = 3


class OnnxEncoder:
    """The model `name`, from `path` if given. ONNX Runtime and the weights are loaded by `load`.

    A question uses all cores, and each batch of documents one.
    """

    space: str
    dimension: int
    tokens: TokenCounter
    _tokens: ModelTokens
    _sessions: dict[Purpose, Any]

    def __init__(self, name: str, path: Path | None, precision: Precision) -> None:
        self._name = name
        self._path = path
        self._prefixes = prefixes_of(name)
        self._precision = precision
        self.threads = processors()

    def load(self) -> None:
        folder = find_model(self._name, self._path)
        self.tokens = self._tokens = ModelTokens(folder, self._prefixes)
        try:
            graph, self.dimension = self._graph(folder)
            self._sessions = {Purpose.QUESTION: _session(graph, self.threads), Purpose.DOCUMENT: _session(graph, 1)}
        except ModuleNotFoundError as error:
            raise NotReady(MISSING.format(self._precision)) from error
        self.space = space_name(self._name, folder, f"onnx-{self._precision}", self.dimension)

    def encode(self, texts: Sequence[str], purpose: Purpose = Purpose.DOCUMENT) -> Vectors:
        ids, mask = self._tokens.batch(self._prefixes.added(texts, purpose))
        (vectors,) = self._sessions[purpose].run(None, {"ids": ids, "mask": mask})
        return np.asarray(vectors, dtype=np.float32)

    def _graph(self, folder: Path) -> tuple[bytes, int]:
        model, dimension = onnx_bert.graph_of(folder)
        return (onnx_bert.in_8_bits(model) if self._precision == "int8" else model).SerializeToString(), dimension


def _session(graph: bytes, threads: int) -> Any:
    """A session may be used by several threads at once; `threads` are those of one run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = WARNINGS_OFF
    # A thread that spins while it waits takes its core from others.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
