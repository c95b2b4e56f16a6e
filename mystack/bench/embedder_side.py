"""One backend in a process of its own: `python -m mystack.bench.embedder_side BACKEND`, in the layer's folder.

Reads a request from each line of its input: `documents`, all at once as an upload does, or `questions`, one by one.
Writes the seconds, and the vectors to a file if one is named.
"""

import asyncio
import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

PLAIN = "sentence-transformers"
"""`SentenceTransformer.encode` as it comes; `torch-bf16` is the same with weights of 16 bits."""
SIDES = (PLAIN, "torch-bf16", "torch-fp32", "openvino-fp32", "openvino-int8")
BATCH = 32

Encode = Callable[[Sequence[str]], Any]


def plain(stack: ExitStack, name: str) -> tuple[Encode, Encode]:
    """How sentence-transformers embeds documents, and a question."""
    import torch
    from sentence_transformers import SentenceTransformer

    settings = importlib.import_module("api.config").Settings()
    folder = importlib.import_module("api.adapters.model_files").find_model(
        settings.embedding_model, settings.embedding_path
    )
    model = SentenceTransformer(str(folder), device="cpu")
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


def ours(stack: ExitStack, name: str) -> tuple[Encode, Encode]:
    """How the layer embeds them with this backend."""
    settings = importlib.import_module("api.config").Settings(embedding_backend=name)
    threads = importlib.import_module("api.wiring").encoder_threads(settings)
    embeddings = importlib.import_module("api.services.embedding").Embeddings(threads)
    runner = stack.enter_context(asyncio.Runner())
    runner.run(threads.__aenter__())
    stack.callback(lambda: runner.run(threads.__aexit__(None, None, None)))
    runner.run(embeddings.space())
    return (
        lambda texts: runner.run(embeddings.embed_documents(texts)),
        lambda texts: runner.run(embeddings.embed_queries(texts)),
    )


def main(name: str) -> None:
    """Answer until the input ends."""
    import numpy as np

    with ExitStack() as stack:
        documents, question = (plain if name in (PLAIN, "torch-bf16") else ours)(stack, name)
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
