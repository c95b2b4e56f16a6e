"""The baseline of an ingest: sentence-transformers on the same texts, and nothing else.

`python -m mystack.bench.raw_embedder`, in the layer's folder, reads a JSON list of texts from each line of its input
and writes the seconds it took to encode them. It is a process of its own, because the layer's embedder has one too.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mystack.bench.piped import piped
from mystack.project import Layer

BATCH = 32
WARM_UP = ["A sentence for the warm-up, about as long as the sentences of a document."] * BATCH


@contextmanager
def raw_embedder(layer: Layer, log: Path) -> Iterator[Callable[[Sequence[str]], float]]:
    """A function that encodes texts in another process and returns the seconds this took there."""
    with (
        log.open("wb") as errors,
        piped("mystack.bench.raw_embedder", cwd=layer.folder, errors=errors) as (requests, answers),
    ):

        def encode(texts: Sequence[str]) -> float:
            requests.write(json.dumps(texts) + "\n")
            requests.flush()
            return float(answers.readline())

        encode(WARM_UP)
        yield encode


def main() -> None:
    """Encode until the input ends."""
    from sentence_transformers import SentenceTransformer  # installed only for the layers that embed

    settings = importlib.import_module("api.config").Settings()
    find_model = importlib.import_module("api.adapters.embedding.model_files").find_model
    model = SentenceTransformer(str(find_model(settings.embedding_model, settings.embedding_path)), device="cpu")
    for line in sys.stdin:
        texts = json.loads(line)
        begun = time.perf_counter()
        model.encode(texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
        sys.stdout.write(f"{time.perf_counter() - begun}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
