"""The service answers while its embedding model is still being loaded, and says that it cannot be used yet."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.servers.running import eventually, when_ready

HELD = "sentence_bert_config.json"


@pytest.fixture
def held_model(needs: Callable[[], dict[str, Any]], tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A model of which one file is a pipe: who loads it waits until `release` has written what belongs there."""
    original: Path = needs()["embedding_path"]
    folder = tmp_path / original.name
    shutil.copytree(original, folder)
    text = (folder / HELD).read_bytes()
    (folder / HELD).unlink()
    os.mkfifo(folder / HELD)

    def release() -> None:
        pipes: list[int] = []

        def somebody_reads() -> list[int]:
            with suppress(OSError):
                pipes.append(os.open(folder / HELD, os.O_WRONLY | os.O_NONBLOCK))
            return pipes

        eventually(somebody_reads)
        (folder / HELD).unlink()
        (folder / HELD).write_bytes(text)  # for whoever looks again
        os.write(pipes[0], text)
        os.close(pipes[0])

    yield folder, release
    if (folder / HELD).is_fifo():
        release()


async def test_it_is_live_before_the_model_is_and_ready_after(
    serve: Callable[..., str], held_model: tuple[Path, Callable[[], None]], http: httpx2.AsyncClient
) -> None:
    folder, release = held_model
    url = serve(embedding_path=folder)
    assert (await http.get(f"{url}/health/live")).json() == {"status": "ok"}
    ready = await http.get(f"{url}/health/ready")
    assert (ready.status_code, ready.json()["code"]) == (503, "not_ready")
    assert "embedding model is loading" in ready.json()["detail"]
    assert (await http.get(f"{url}/health/live")).status_code == 200
    release()
    assert (await when_ready(http, url))["status"] == "ok"
