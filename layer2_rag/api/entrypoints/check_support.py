"""`python -m api.entrypoints.check_support`: checks sentences against passages, as the service checks an answer.

Reads a JSON object from each line of its input, `{"sentences": [str], "passages": [str]}`, and writes one for each:
`{"support": ["supported" | "unsupported" | "unknown"], "milliseconds": float}`, the time of the check alone. The
passages are read before: the service reads its sources while the model writes.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from uuid import UUID

from api.capabilities.embeddings import embeddings
from api.config import Settings
from api.services.rag.checking.support import SupportChecker
from api.services.retrieval.search import Hit


async def check() -> None:
    async with embeddings(Settings()) as embedder:
        checker = SupportChecker(embedder)
        await embedder.space()  # the model is loaded
        while line := await asyncio.to_thread(sys.stdin.readline):
            request = json.loads(line)
            evidence = await checker.read(_hits(request["passages"]))
            started = time.perf_counter()
            verdicts = await checker.check(request["sentences"], evidence)
            milliseconds = (time.perf_counter() - started) * 1000
            answer = {"support": [verdict.support for verdict in verdicts], "milliseconds": milliseconds}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def _hits(passages: Sequence[str]) -> list[Hit]:
    none = UUID(int=0)
    return [Hit(none, "", none, None, 0, len(text), text, 1.0, None, None) for text in passages]


if __name__ == "__main__":
    asyncio.run(check())
