"""Texts of requests that run at the same time go to the server in common calls."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from api.services.embedding.encoder_threads import Vectors
from api.services.serving.ending import end

CALL_TEXTS = 32
"""Texts of one call."""


@dataclass(frozen=True)
class _Job:
    texts: Sequence[str]
    vectors: "asyncio.Future[Vectors]"


class MicroBatches:
    """At most `calls` calls of `send` at a time. What comes meanwhile waits, and shares the next one.

    Nothing waits for company: a text that comes alone is sent at once.
    """

    def __init__(self, send: Callable[[Sequence[str]], Coroutine[Any, Any, Vectors]], calls: int) -> None:
        self.send = send
        self.calls = calls
        self._queue: deque[_Job] = deque()
        self._running: set[asyncio.Task[Vectors]] = set()

    async def vectors(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension). Raises what `send` raises."""
        loop = asyncio.get_running_loop()
        jobs = [
            _Job(texts[start : start + CALL_TEXTS], loop.create_future()) for start in range(0, len(texts), CALL_TEXTS)
        ]
        self._queue.extend(jobs)
        self._start()
        found = await asyncio.gather(*(job.vectors for job in jobs))
        return np.concatenate(found)

    async def close(self) -> None:
        """End the running calls; what they and the queue hold is cancelled."""
        waiting, self._queue = list(self._queue), deque()
        for job in waiting:
            job.vectors.cancel()
        await end(*self._running)

    def _start(self) -> None:
        while self._queue and len(self._running) < self.calls:
            jobs = self._next()
            call = asyncio.create_task(self.send([text for job in jobs for text in job.texts]))
            self._running.add(call)
            call.add_done_callback(partial(self._ended, jobs))

    def _next(self) -> list[_Job]:
        """The oldest jobs that fit into one call."""
        jobs = [self._queue.popleft()]
        size = len(jobs[0].texts)
        while self._queue and size + len(self._queue[0].texts) <= CALL_TEXTS:
            jobs.append(self._queue.popleft())
            size += len(jobs[-1].texts)
        return jobs

    def _ended(self, jobs: Sequence[_Job], call: "asyncio.Task[Vectors]") -> None:
        self._running.discard(call)
        if not call.cancelled():
            call.exception()  # seen, also if all of its requests have left
            self._start()
        start = 0
        for job in jobs:
            _hand_over(call, job, start)
            start += len(job.texts)


def _hand_over(call: "asyncio.Task[Vectors]", job: _Job, start: int) -> None:
    """Give the job its part of what the call gave, unless its request has left."""
    if job.vectors.done():
        return
    if call.cancelled():
        job.vectors.cancel()
    elif error := call.exception():
        job.vectors.set_exception(error)
    else:
        job.vectors.set_result(call.result()[start : start + len(job.texts)])
