"""Builds an OpenVINO graph of a BERT from the published weights in its sentence-transformers folder.

    ids, mask -> embeddings -> layers of attention and feed-forward -> pooling -> unit length

MiniLM, BGE, GTE and E5 are such models. Others are refused: a graph that is nearly right gives wrong vectors. torch
reads all models, but takes several gigabytes to install; `torch-fp32` is the backend for it.

Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2019, section 3; Reimers and Gurevych,
"Sentence-BERT", 2019, section 3.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from openvino import opset13 as op

from api.adapters.embedding.checkpoints import config_of, pooling_of, unreadable, weights_of
from api.adapters.embedding.packed_e5 import GROUP, WORDS, Grouped
from api.errors import NotReady

GELU = {"gelu": "erf", "gelu_new": "tanh", "gelu_pytorch_tanh": "tanh"}
HIDDEN = np.float32(-1e9)
"""Added to the attention scores of padding, so that no token attends to it."""


def graph_of(folder: Path) -> Any:
    """An `openvino.Model`: ids and mask, int64 (n, length), to vectors of unit length, float32 (n, dimension).

    Raises `NotReady` when the model is of another kind, or its files are damaged.
    """
    config, pooling = config_of(folder), pooling_of(folder)
    if config.get("model_type") != "bert" or config.get("hidden_act") not in GELU or pooling is None:
        raise NotReady(
            f"The model in {folder} is not a BERT with mean or first-token pooling, the only kind that runs on OpenVINO"
            " here. EMBEDDING_BACKEND=torch-fp32 runs others."
        )
    try:
        return _Bert(config, weights_of(folder)).model(pooling)
    except KeyError as error:
        raise unreadable(folder, error) from error


class _Bert:
    """The nodes of the graph. Shapes: n texts, l tokens, h heads of d numbers, so h * d numbers per token."""

    def __init__(self, config: Mapping[str, Any], weights: Mapping[str, Any]) -> None:
        self.weights = weights
        self.layers, self.heads = config["num_hidden_layers"], config["num_attention_heads"]
        self.width = config["hidden_size"]
        self.epsilon, self.gelu = config["layer_norm_eps"], GELU[config["hidden_act"]]

    def model(self, pooling: str) -> Any:
        ids = op.parameter([-1, -1], openvino.Type.i64, "ids")
        mask = op.parameter([-1, -1], openvino.Type.i64, "mask")
        real = op.convert(mask, "f32")  # (n, l)
        padding = op.unsqueeze(op.multiply(op.subtract(np.float32(1), real), HIDDEN), np.array([1, 2]))  # (n, 1, 1, l)
        tokens = self._embedded(ids)
        for number in range(self.layers):
            tokens = self._layer(f"encoder.layer.{number}", tokens, padding)
        if pooling == "mean":  # the sum has the direction of the mean, and is normalised later
            pooled = op.reduce_sum(op.multiply(tokens, op.unsqueeze(real, np.array([2]))), np.array([1]))
        else:
            pooled = op.gather(tokens, np.array(0), np.array(1))
        return openvino.Model([op.normalize_l2(pooled, np.array([1]), 1e-12, "max")], [ids, mask], "bert")

    def _embedded(self, ids: Any) -> Any:
        """The sum of the word, position and token type embeddings: (n, l, h * d)."""
        position, kind = (self.weights[f"embeddings.{name}_embeddings.weight"] for name in ("position", "token_type"))
        length = op.gather(op.shape_of(ids), np.array([1]), np.array(0))
        positions = op.slice(op.constant(position + kind[0]), np.array([0]), length, np.array([1]), np.array([0]))
        return self._normalised("embeddings.LayerNorm", op.add(self._words(ids), positions))

    def _words(self, ids: Any) -> Any:
        """Of a table in groups only the rows in use become 32-bit numbers: 250,000 words take 102 MB, not 384."""
        table = self.weights[WORDS]
        if not isinstance(table, Grouped):
            return op.gather(op.constant(table), ids, np.array(0))
        integers, scales = (op.gather(op.constant(part), ids, np.array(0)) for part in (table.integers, table.scales))
        by_group = op.reshape(op.convert(integers, "f32"), np.array([0, 0, self.width // GROUP, GROUP]), True)
        scaled = op.multiply(by_group, op.unsqueeze(scales, np.array([3])))
        return op.reshape(scaled, np.array([0, 0, self.width]), True)

    def _layer(self, name: str, tokens: Any, padding: Any) -> Any:
        three = op.variadic_split(
            self._three(f"{name}.attention.self", tokens), np.array(2), np.array([self.width] * 3)
        )
        query, key, value = (self._by_head(three.output(number)) for number in range(3))
        mixed = op.scaled_dot_product_attention(query, key, value, padding)  # (n, h, l, d)
        joined = op.reshape(op.transpose(mixed, np.array([0, 2, 1, 3])), np.array([0, 0, self.width]), True)
        attended = self._linear(f"{name}.attention.output.dense", joined)
        tokens = self._normalised(f"{name}.attention.output.LayerNorm", op.add(tokens, attended))
        wide = op.gelu(self._linear(f"{name}.intermediate.dense", tokens), self.gelu)
        return self._normalised(f"{name}.output.LayerNorm", op.add(tokens, self._linear(f"{name}.output.dense", wide)))

    def _three(self, name: str, tokens: Any) -> Any:
        """Query, key and value in one matrix product: a short question is a tenth faster."""
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        weight, bias = (
            np.concatenate([self.weights[f"{part}.{kind}"] for part in parts]) for kind in ("weight", "bias")
        )
        return op.add(op.matmul(tokens, op.constant(weight), False, True), bias)

    def _by_head(self, tokens: Any) -> Any:
        """(n, l, h * d) to (n, h, l, d)."""
        shape = np.array([0, 0, self.heads, self.width // self.heads])  # 0 keeps a dimension
        return op.transpose(op.reshape(tokens, shape, True), np.array([0, 2, 1, 3]))

    def _linear(self, name: str, tokens: Any) -> Any:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return op.add(op.matmul(tokens, op.constant(weight), False, True), bias)

    def _normalised(self, name: str, tokens: Any) -> Any:
        """Mean 0 and variance 1 for each token, then the learned scale and shift."""
        even = op.mvn(tokens, np.array([-1]), True, self.epsilon, "inside_sqrt")
        return op.add(op.multiply(even, self.weights[f"{name}.weight"]), self.weights[f"{name}.bias"])
