"""A worker process in layer 3's folder, which stores and searches chunks with the layer's own code.

Every layer's package is called `api`, so the worker runs there: `python -m benchmarks.scale.worker FOLDER` reads one
request per line, in JSON, and writes one line per answer. `WorkerClient` is its client; FOLDER holds the vectors.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mystack.bench.piped import piped
from mystack.project import Layer, Refusal

Answer = dict[str, Any]
OnProgress = Callable[[int], None]


class WorkerClient:
    """Sends requests to the worker."""

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self._requests = requests
        self._answers = answers

    def request(self, do: str, on_progress: OnProgress | None = None, **more: Any) -> Answer:
        """The answer to one request; `on_progress` gets the number of documents done so far."""
        self._requests.write(json.dumps({"do": do} | more) + "\n")
        self._requests.flush()
        for line in self._answers:
            answer: Answer = json.loads(line)
            if "done" not in answer:
                return answer
            if on_progress:
                on_progress(answer["done"])
        raise Refusal(f"the worker process ended during the request {do!r}; the messages above say why")


@contextmanager
def worker(layer: Layer, folder: Path, env: Mapping[str, str]) -> Iterator[WorkerClient]:
    """A running worker; `env` names the database."""
    with piped("benchmarks.scale.worker", str(folder), cwd=layer.folder, env=env) as (requests, answers):
        yield WorkerClient(requests, answers)


def send(answer: Answer) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def serve(folder: Path) -> None:
    """Answer requests until the input ends."""
    from benchmarks.scale.stored import StoredChunks, database

    async with database() as opened:
        stored = StoredChunks(opened, folder, lambda done: send({"done": done}))
        while line := await asyncio.to_thread(sys.stdin.readline):
            request = json.loads(line)
            send(await getattr(stored, request.pop("do"))(**request))


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
