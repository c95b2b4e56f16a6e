"""Late interaction: a question and a text are compared token by token, with the vectors that MiniLM pools otherwise.

    score = mean over the tokens of the question of (the cosine of the most similar token of the text)

It is the embedding model's own graph, cut before its pooling, so no other weights are needed.

Source: Khattab and Zaharia, "ColBERT: Efficient and Effective Passage Search via Contextualized Late Interaction over
BERT", 2020, section 3; there with a model that was trained for it.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.adapters.embedding.model_files import find_model, space_name
from api.adapters.embedding.model_tokens import ModelTokens
from api.services.embedding.encoder_threads import Vectors

SETTINGS = {"INFERENCE_PRECISION_HINT": "f32", "ENABLE_CPU_PINNING": False, "PERFORMANCE_HINT": "LATENCY"}


class LateInteraction:
    """The port `Relevance`, with the model `name`, from `path` if given; it is loaded when it is first needed."""

    name: str
    _tokens: ModelTokens
    _request: Any

    def __init__(self, name: str, path: Path | None) -> None:
        self._name = name
        self._path = path
        self._lock = threading.Lock()  # a request of OpenVINO writes each result into the same memory
        self._loaded = False

    def load(self) -> None:
        """Raises `NotReady` if the model is not found, or is no BERT."""
        with self._lock:
            self._require_loaded()

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """For each text, from -1 to 1. Blocking. Raises `NotReady`."""
        if not texts:
            return []
        with self._lock:
            self._require_loaded()
            vectors, kept = self._vectors([question, *texts])
        query = vectors[0][kept[0]]
        return [_score(query, tokens[mask]) for tokens, mask in zip(vectors[1:], kept[1:], strict=True)]

    def _require_loaded(self) -> None:
        if self._loaded:
            return
        folder = find_model(self._name, self._path)
        self._tokens = ModelTokens(folder)
        self._request, width = _compiled(folder)
        self.name = space_name(self._name, folder, "late-interaction", width)
        self._loaded = True

    def _vectors(self, texts: Sequence[str]) -> tuple[Vectors, list[NDArray[np.bool_]]]:
        """Those of the tokens, of unit length: shape (texts, longest text, width); and which of them are of the text.

        The others are padding, or mark the beginning and the end.
        """
        ids, mask = self._tokens.batch(texts)
        lengths = mask.sum(axis=1)
        positions = np.arange(mask.shape[1])
        kept = [(positions > 0) & (positions < length - 1) for length in lengths]
        return np.array(self._request.infer([ids, mask])[0], dtype=np.float32), kept


def _compiled(folder: Path) -> tuple[Any, int]:
    """A request of the graph of token vectors, and their width. 8-bit weights where the processor multiplies them."""
    import openvino

    from api.adapters.embedding import openvino_bert, openvino_int8

    model = _of_tokens(openvino_bert.graph_of(folder))
    packed = openvino_int8.has_instructions()
    openvino_int8.round_weights(model, packed)
    settings = SETTINGS | (openvino_int8.SETTINGS if packed else {})
    compiled = openvino.Core().compile_model(model, "CPU", settings)
    return compiled.create_infer_request(), int(compiled.output(0).partial_shape[2].get_length())


def _of_tokens(model: Any) -> Any:
    """The graph up to the layer whose output is pooled: what the last normalisation of tokens gives."""
    import openvino
    from openvino import opset13 as op

    normalised = [node for node in model.get_ordered_ops() if node.get_type_name() == "MVN"]
    (scaled,) = (each.get_node() for each in normalised[-1].output(0).get_target_inputs())
    (shifted,) = (each.get_node() for each in scaled.output(0).get_target_inputs())
    tokens = op.normalize_l2(shifted, np.array([2]), 1e-12, "max")
    return openvino.Model([tokens], model.get_parameters(), "tokens")


def _score(query: NDArray[np.float32], tokens: NDArray[np.float32]) -> float:
    if not len(query) or not len(tokens):
        return 0.0
    return float((query @ tokens.T).max(axis=1).mean())
