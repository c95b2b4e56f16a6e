"""Loads each embedding model once per session: it takes longer than most tests, and many start an application."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest

from api.adapters.embedding.model_files import find_model
from api.adapters.embedding.openvino import OpenVinoEncoder


@contextmanager
def loaded_once() -> Iterator[None]:
    """Until the end of the block, encoders of the same files share what they read, and have requests of their own."""
    load, loaded = OpenVinoEncoder.load, dict[Any, OpenVinoEncoder]()

    def remembered(encoder: OpenVinoEncoder) -> None:
        files = sorted(find_model(encoder._name, encoder._path).iterdir())
        written = tuple((file, file.stat().st_mtime_ns) for file in files)
        key = (encoder._name, encoder._precision, encoder.threads, written)
        if key in loaded:
            _share(loaded[key], encoder)
        else:
            load(encoder)
            loaded[key] = encoder

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OpenVinoEncoder, "load", remembered)
        yield


def _share(first: OpenVinoEncoder, other: OpenVinoEncoder) -> None:
    vars(other).update(vars(first))
    other._question = _another(first._question)
    other._documents = SimpleQueue()
    request = first._documents.get()
    first._documents.put(request)
    for _ in range(other.threads):
        other._documents.put(_another(request))


def _another(request: Any) -> Any:
    return request.get_compiled_model().create_infer_request()
