"""One backend in a process of its own: `python -m benchmarks.embedder.worker BACKEND`, in the layer's folder.

Each line of its input is a request, in JSON: `documents`, embedded together as for an upload, or `questions`, one by
one. It answers with the seconds, and writes the vectors to a file if the request names one.
"""

import asyncio
import importlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

BASELINE = "sentence-transformers"
"""`SentenceTransformer.encode` with its defaults; `torch-bf16` is the same with 16-bit weights."""
ONNX = ("onnx-fp32", "onnx-int8")
BACKENDS = (BASELINE, "torch-bf16", *ONNX, "torch-fp32", "openvino-fp32", "openvino-int8")
BATCH = 32

Encode = Callable[[Sequence[str]], Any]


def sentence_transformer() -> tuple[Any, Path]:
    """The layer's model, loaded by sentence-transformers, and its folder."""
    from sentence_transformers import SentenceTransformer

    settings = importlib.import_module("api.config").Settings()
    folder = importlib.import_module("api.adapters.embedding.model_files").find_model(
        settings.embedding_model, settings.embedding_path
    )
    return SentenceTransformer(str(folder), device="cpu"), folder


def baseline(stack: ExitStack, name: str) -> tuple[Encode, Encode]:
    """sentence-transformers: the same call for documents and for a question."""
    import torch

    model, _ = sentence_transformer()
    if name == "torch-bf16":
        model = model.to(torch.bfloat16)

    def encode(texts: Sequence[str]) -> Any:
        return model.encode(
            list(texts),
            batch_size=BATCH,
            normalize_embeddings=True,
            show_progress_bar=False,
            convert_to_tensor=True,
        ).float()

    return encode, encode


def onnx(stack: ExitStack, name: str) -> tuple[Encode, Encode]:
    """ONNX Runtime on a graph exported by torch; `onnx-int8` uses ONNX Runtime's dynamic quantization."""
    import numpy as np
    import onnxruntime
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from tokenizers import Tokenizer

    model, source = sentence_transformer()

    class Vectors(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any) -> Any:
            inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
            return self.model(inputs)["sentence_embedding"]

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mystack-onnx-")))
    graph, sample = folder / "fp32.onnx", torch.ones((2, 8), dtype=torch.int64)
    axes = {"ids": {0: "texts", 1: "length"}, "mask": {0: "texts", 1: "length"}}
    torch.onnx.export(
        Vectors().eval(), (sample, sample), str(graph), input_names=list(axes), dynamic_axes=axes, dynamo=False
    )
    if name == "onnx-int8":
        quantize_dynamic(graph, folder / "int8.onnx", per_channel=True, weight_type=QuantType.QInt8)
        graph = folder / "int8.onnx"
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.enable_truncation(model.max_seq_length)
    tokenizer.enable_padding()

    def encode(texts: Sequence[str]) -> Any:
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        vectors = np.empty((len(texts), model.get_embedding_dimension()), dtype=np.float32)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            encoded = tokenizer.encode_batch([texts[row] for row in rows])
            inputs = {"ids": [one.ids for one in encoded], "mask": [one.attention_mask for one in encoded]}
            (vectors[rows],) = session.run(None, {name: np.array(values) for name, values in inputs.items()})
        return vectors

    return encode, encode


def layer_backend(stack: ExitStack, name: str) -> tuple[Encode, Encode]:
    """The layer's own code, with this backend."""
    settings = importlib.import_module("api.config").Settings(embedding_backend=name)
    context = importlib.import_module("api.capabilities.embeddings").embeddings(settings)
    runner = stack.enter_context(asyncio.Runner())
    embeddings = runner.run(context.__aenter__())
    stack.callback(lambda: runner.run(context.__aexit__(None, None, None)))
    runner.run(embeddings.space())
    return (
        lambda texts: runner.run(embeddings.embed_documents(texts)),
        lambda texts: runner.run(embeddings.embed_queries(texts)),
    )


def _maker(name: str) -> Callable[[ExitStack, str], tuple[Encode, Encode]]:
    if name in ONNX:
        return onnx
    return baseline if name in (BASELINE, "torch-bf16") else layer_backend


def main(name: str) -> None:
    """Answer requests until the input ends."""
    import numpy as np

    with ExitStack() as stack:
        make = _maker(name)
        documents, question = make(stack, name)
        for line in sys.stdin:
            request = json.loads(line)
            seconds, texts = [], request["texts"]
            for some in [texts] if request["what"] == "documents" else [[text] for text in texts]:
                begun = time.perf_counter()
                vectors = (documents if request["what"] == "documents" else question)(some)
                seconds.append(time.perf_counter() - begun)
            if request["vectors"]:
                np.save(request["vectors"], np.asarray(vectors, dtype=np.float32))
            sys.stdout.write(json.dumps(seconds) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
