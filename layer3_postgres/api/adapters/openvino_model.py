"""The embedding model as an OpenVINO graph: converted once from its sentence-transformers folder, then kept.

`python -m api.adapters.openvino_model FOLDER GRAPH` converts. It is a process of its own, because torch is needed for
this and for nothing else: the service itself never loads it.
"""

import fcntl
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from api.adapters.model_files import revision
from api.adapters.process_limits import die_with_parent
from api.errors import NotReady

CONVERT_SECONDS = 300.0
GRAPH = "model.xml"

logger = logging.getLogger("mystack.embedding")


def graph_of(folder: Path, cache: Path) -> Path:
    """The graph of the model in `folder`, from the folder `cache` or made now. Raises `NotReady`."""
    import openvino

    version = openvino.__version__.split("-")[0]
    home = cache.expanduser() / f"{folder.name}-{revision(folder)}-openvino-{version}"
    if not (home / GRAPH).is_file():
        _convert_into(home, folder)
    return home / GRAPH


def forget(graph: Path) -> None:
    """Remove a graph that turned out to be unreadable."""
    shutil.rmtree(graph.parent, ignore_errors=True)


def _convert_into(home: Path, folder: Path) -> None:
    """All or nothing: the folder gets its name when it is complete. Of several who begin at once, one does it."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with home.with_name(f"{home.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (home / GRAPH).is_file():
                return
            logger.info("the embedding model is being converted, once")
            with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
                _convert_elsewhere(folder, Path(scratch) / "graph" / GRAPH)
                (Path(scratch) / "graph").rename(home)
    except OSError as error:
        raise NotReady(f"EMBEDDING_CACHE is {home.parent}, and cannot be written to: {error.strerror}.") from error


def _convert_elsewhere(folder: Path, graph: Path) -> None:
    command = [sys.executable, "-m", "api.adapters.openvino_model", str(folder), str(graph)]
    root = Path(__file__).parents[2]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=CONVERT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotReady(f"The model in {folder} could not be converted in {CONVERT_SECONDS:g} seconds.") from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise NotReady(f"The model in {folder} cannot be converted; check EMBEDDING_MODEL and EMBEDDING_PATH. {reason}")


def convert(folder: Path, graph: Path) -> None:
    """Write `graph`: token ids and mask, int64 (n, length), to vectors of unit length, float32 (n, dimension)."""
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # the converter would report its use
    import openvino
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)

    class Graph(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model  # as a part of it: weights, not constants

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            vectors = self.model({"input_ids": ids, "attention_mask": mask})["sentence_embedding"]
            return torch.nn.functional.normalize(vectors)

    example = torch.ones((2, 7), dtype=torch.long)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # that a trace knows one example only: lengths are dynamic all the same
        converted = openvino.convert_model(Graph().eval(), example_input=(example, example))
    graph.parent.mkdir()
    openvino.save_model(converted, graph, compress_to_fp16=False)


if __name__ == "__main__":
    die_with_parent()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
