"""Builds an ONNX graph of a BERT from the published weights in its sentence-transformers folder, without torch.

    ids, mask -> embeddings -> layers of attention and feed-forward -> mean of the tokens -> unit length

The graph is that of `openvino_bert`, for ONNX Runtime: it runs on processors that OpenVINO does not know. Its packages
are optional, so they are imported where they are needed.

Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2019, section 3.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api.adapters.embedding.checkpoints import config_of, pooling_of, unreadable, weights_of
from api.adapters.embedding.packed_e5 import GROUP, WORDS, Grouped
from api.errors import NotReady

OPSET, IR_VERSION = 20, 9
PREPARED = {"onnx.quant.pre_process": "onnxruntime.quant"}
"""Tells ONNX Runtime that this graph has nothing to simplify before its weights are rounded."""
HIDDEN = np.float32(-1e9)
"""Added to the attention scores of padding, so that no token attends to it."""


def graph_of(folder: Path) -> tuple[Any, int]:
    """The graph, an `onnx.ModelProto`, and its dimension.

    It turns ids and mask, int64 (n, length), into vectors of unit length, float32 (n, dimension).
    Raises `NotReady` when the model is of another kind, or its files are damaged.
    """
    config = config_of(folder)
    if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu" or pooling_of(folder) != "mean":
        raise NotReady(
            f"The model in {folder} is not a BERT with mean pooling, the only kind that runs on ONNX Runtime here. "
            "EMBEDDING_BACKEND=torch-fp32 runs others."
        )
    try:
        return _Bert(config, weights_of(folder)).model(), int(config["hidden_size"])
    except KeyError as error:
        raise unreadable(folder, error) from error


def in_8_bits(model: Any) -> Any:
    """The weights of every matrix product in 8 bits, one scale per column; the other factor is rounded as it comes."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory(prefix="mystack-onnx-") as folder:
        file = Path(folder) / "int8.onnx"
        quantize_dynamic(model, file, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8)
        return onnx.load(file)


class _Nodes:
    """The nodes and constants of a graph, named by their numbers."""

    def __init__(self) -> None:
        from onnx import helper, numpy_helper

        self.helper, self.tensor = helper, numpy_helper.from_array
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, values: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(self.tensor(np.ascontiguousarray(values), name))
        return name

    def add(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """The name of the output, or a list of names."""
        names = [f"n{len(self.nodes)}_{number}" for number in range(outputs)]
        self.nodes.append(self.helper.make_node(kind, inputs, names, **attributes))
        return names[0] if outputs == 1 else names


class _Bert:
    """Shapes: n texts, l tokens, h heads of d numbers, so h * d numbers per token."""

    def __init__(self, config: Mapping[str, Any], weights: Mapping[str, Any]) -> None:
        self.weights = weights
        self.layers, self.heads = config["num_hidden_layers"], config["num_attention_heads"]
        self.width, self.epsilon = config["hidden_size"], config["layer_norm_eps"]
        self.nodes = _Nodes()

    def model(self) -> Any:
        from onnx import TensorProto

        add, constant = self.nodes.add, self.nodes.constant
        real = add("Cast", "mask", to=TensorProto.FLOAT)  # (n, l)
        hidden = add("Mul", add("Sub", constant(np.float32(1)), real), constant(HIDDEN))
        padding = add("Unsqueeze", hidden, constant(np.array([1, 2])))  # (n, 1, 1, l)
        tokens = self._embedded()
        for number in range(self.layers):
            tokens = self._layer(f"encoder.layer.{number}", tokens, padding)
        kept = add("Mul", tokens, add("Unsqueeze", real, constant(np.array([2]))))
        summed = add("ReduceSum", kept, constant(np.array([1])), keepdims=0)  # has the direction of the mean
        add("LpNormalization", summed, axis=1, p=2)
        return self._checked()

    def _checked(self) -> Any:
        from onnx import TensorProto, checker, helper

        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "l"]) for name in ("ids", "mask")]
        self.nodes.nodes[-1].output[0] = "vectors"
        output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", self.width])
        graph = helper.make_graph(self.nodes.nodes, "bert", inputs, [output], self.nodes.constants)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
        helper.set_model_props(model, PREPARED)
        checker.check_model(model)
        return model

    def _embedded(self) -> str:
        """The sum of the word, position and token type embeddings: (n, l, h * d)."""
        add, constant = self.nodes.add, self.nodes.constant
        position, kind = (self.weights[f"embeddings.{name}_embeddings.weight"] for name in ("position", "token_type"))
        length = add("Shape", "ids", start=1, end=2)
        positions = add("Slice", constant(position + kind[0]), constant(np.array([0])), length, constant(np.array([0])))
        return self._normalised("embeddings.LayerNorm", add("Add", self._words(), positions))

    def _words(self) -> str:
        """Of a table in groups only the rows in use become 32-bit numbers."""
        from onnx import TensorProto

        add, constant, table = self.nodes.add, self.nodes.constant, self.weights[WORDS]
        if not isinstance(table, Grouped):
            return str(add("Gather", constant(table), "ids", axis=0))
        integers, scales = (add("Gather", constant(part), "ids", axis=0) for part in (table.integers, table.scales))
        shape = constant(np.array([0, 0, self.width // GROUP, GROUP]))
        by_group = add("Reshape", add("Cast", integers, to=TensorProto.FLOAT), shape)
        scaled = add("Mul", by_group, add("Unsqueeze", scales, constant(np.array([3]))))
        return str(add("Reshape", scaled, constant(np.array([0, 0, self.width]))))

    def _layer(self, name: str, tokens: str, padding: str) -> str:
        add = self.nodes.add
        attended = self._linear([f"{name}.attention.output.dense"], self._attention(name, tokens, padding))
        tokens = self._normalised(f"{name}.attention.output.LayerNorm", add("Add", tokens, attended))
        wide = add("Gelu", self._linear([f"{name}.intermediate.dense"], tokens))
        narrow = self._linear([f"{name}.output.dense"], wide)
        return self._normalised(f"{name}.output.LayerNorm", add("Add", tokens, narrow))

    def _attention(self, name: str, tokens: str, padding: str) -> str:
        add, constant = self.nodes.add, self.nodes.constant
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        three = add("Split", self._linear(parts, tokens), outputs=3, axis=2, num_outputs=3)
        query, key, value = (
            add("Transpose", self._by_head(part), perm=perm)
            for part, perm in zip(three, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True)
        )
        scale = constant(np.float32((self.width // self.heads) ** -0.5))
        scores = add("Add", add("Mul", add("MatMul", query, key), scale), padding)  # (n, h, l, l)
        mixed = add("MatMul", add("Softmax", scores, axis=-1), value)  # (n, h, l, d)
        return str(add("Reshape", add("Transpose", mixed, perm=[0, 2, 1, 3]), constant(np.array([0, 0, self.width]))))

    def _by_head(self, tokens: str) -> str:
        """(n, l, h * d) to (n, l, h, d)."""
        shape = self.nodes.constant(np.array([0, 0, self.heads, self.width // self.heads]))  # 0 keeps a dimension
        return str(self.nodes.add("Reshape", tokens, shape))

    def _linear(self, names: Sequence[str], tokens: str) -> str:
        """The linear maps of these names in one matrix product, one after the other in its columns."""
        add, constant = self.nodes.add, self.nodes.constant
        weight, bias = (
            np.concatenate([self.weights[f"{name}.{kind}"] for name in names]) for kind in ("weight", "bias")
        )
        return str(add("Add", add("MatMul", tokens, constant(weight.T)), constant(bias)))

    def _normalised(self, name: str, tokens: str) -> str:
        """Mean 0 and variance 1 for each token, then the learned scale and shift."""
        scale, shift = (self.nodes.constant(self.weights[f"{name}.{kind}"]) for kind in ("weight", "bias"))
        return str(self.nodes.add("LayerNormalization", tokens, scale, shift, axis=-1, epsilon=self.epsilon))
