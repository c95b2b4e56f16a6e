"""An embedding model through OpenVINO: the vectors that sentence-transformers gives, or nearly so, sooner."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from tokenizers import Tokenizer

from api.adapters.minilm_tokens import MiniLmTokens
from api.adapters.model_files import find_model, space_name, window
from api.services.encoder_thread import Vectors
from api.services.token_map import TokenCounter

Precision = Literal["int8", "fp32"]
SETTINGS = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}


class OpenVinoEncoder:
    """The model `name`, from `path` if given. Nothing is loaded before `load`, and nothing of OpenVINO imported.

    For one thread: a batch is shared out to all cores without Python having a part in it.
    """

    threads = 1
    space: str
    dimension: int
    tokens: TokenCounter
    _tokenizer: Tokenizer
    _request: Any

    def __init__(self, name: str, path: Path | None, precision: Precision) -> None:
        self._name = name
        self._path = path
        self._precision = precision

    def load(self) -> None:
        folder = find_model(self._name, self._path)
        length = window(folder)
        self.tokens = MiniLmTokens(folder / "tokenizer.json", length)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(length)
        self._tokenizer.enable_padding()
        compiled = self._compiled(folder)
        self._request = compiled.create_infer_request()
        self.dimension = int(compiled.output(0).partial_shape[1].get_length())
        self.space = space_name(self._name, folder, f"openvino-{self._precision}", self.dimension)

    def encode(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([it.ids for it in encoded], dtype=np.int64)
        mask = np.array([it.attention_mask for it in encoded], dtype=np.int64)
        # A copy: the request writes its next answer to the same place.
        return np.array(self._request.infer([ids, mask])[0], dtype=np.float32)

    def _compiled(self, folder: Path) -> Any:
        import openvino

        from api.adapters import openvino_bert, openvino_int8

        model = openvino_bert.graph_of(folder)
        settings = SETTINGS
        if self._precision == "int8":
            packed = openvino_int8.has_instructions()
            openvino_int8.round_weights(model, packed)
            settings = SETTINGS | openvino_int8.SETTINGS if packed else SETTINGS
        return openvino.Core().compile_model(model, "CPU", settings)
