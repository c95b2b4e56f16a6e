"""What the benchmark asks of layer 3's own code: a process in the layer's folder, on the layer's database.

Both layers call their package `api`, so it runs there: `python -m mystack.bench.layer3_desk FOLDER` reads one request
a line, as JSON, and writes a line for each answer. `WorkerClient` is the other end; FOLDER holds the vectors.
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
Progress = Callable[[int], None]


class WorkerClient:
    """The asker's end."""

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self._requests = requests
        self._answers = answers

    def ask(self, do: str, progress: Progress | None = None, **more: Any) -> Answer:
        """One request; how many are done meanwhile is told to `progress`."""
        self._requests.write(json.dumps({"do": do} | more) + "\n")
        self._requests.flush()
        for line in self._answers:
            answer: Answer = json.loads(line)
            if "done" not in answer:
                return answer
            if progress:
                progress(answer["done"])
        raise Refusal(f"the layer's own process ended when it was asked to {do}; the messages above say why")


@contextmanager
def desk(layer: Layer, folder: Path, env: Mapping[str, str]) -> Iterator[WorkerClient]:
    """`env` leads to the database."""
    with piped("mystack.bench.layer3_desk", str(folder), cwd=layer.folder, env=env) as (requests, answers):
        yield WorkerClient(requests, answers)


def say(answer: Answer) -> None:
    """To the asker."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def serve(folder: Path) -> None:
    """Answer until there are no more requests."""
    from mystack.bench.layer3_stored import Stored, opened

    async with opened() as database:
        stored = Stored(database, folder, lambda done: say({"done": done}))
        while line := await asyncio.to_thread(sys.stdin.readline):
            request = json.loads(line)
            say(await getattr(stored, request.pop("do"))(**request))


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
