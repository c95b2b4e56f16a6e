"""`python -m api.entrypoints.worker`: a Celery worker that runs a job for each message.

One process with threads: they share one model, one connection pool and one event loop, on which the jobs run. A thread
of Celery's only waits for its job. `alone` takes the jobs that have lost a worker, one at a time, and ends when there
are none; the first worker starts it.
"""

import asyncio
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from celery.platforms import SecurityWarning

from api.adapters.celery.app import ALONE, QUEUE, TASK, celery_app
from api.capabilities.jobs import worker_process
from api.config import Settings
from api.services.jobs.worker import Worker
from api.services.serving.logs import configure_logging

T = TypeVar("T")
IDLE_SECONDS = 10.0
"""The worker `alone` ends after so long without a job."""
LOOK_SECONDS = 1.0
NICE = 10
"""Questions go before documents: the service on the same machine gets nine tenths of a processor that both want."""


class Loop:
    """An event loop in a thread, with the services entered once."""

    def __init__(self, settings: Settings, *, alone: bool) -> None:
        self.settings = settings
        self.alone = alone
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.worker: Worker

    def start(self) -> None:
        threading.Thread(target=self.loop.run_forever, name="jobs", daemon=True).start()
        self.worker = self.call(self.stack.enter_async_context(worker_process(self.settings, alone=self.alone)))

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run on the loop and wait for the result. An exception in the waiting thread cancels the work."""
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def stop(self) -> None:
        self.call(self.stack.aclose())


def main(alone: bool) -> None:
    """Work until a signal stops it."""
    settings = Settings()
    configure_logging(settings.log_level)
    if settings.redis_url is None:
        raise SystemExit("mystack: a worker needs REDIS_URL; without it the service runs its jobs itself")
    os.nice(NICE)
    warnings.simplefilter("ignore", SecurityWarning)  # of root and pickled messages: ours are JSON
    app = celery_app(settings.redis_url.get_secret_value())
    loop = Loop(settings, alone=alone)
    last = [time.monotonic()]

    @app.task(name=TASK, ignore_result=True)  # type: ignore[untyped-decorator]
    def run(job_id: str) -> None:
        last[0] = time.monotonic()
        loop.call(loop.worker.run())
        last[0] = time.monotonic()

    loop.start()
    celery = app.Worker(
        pool="threads",
        concurrency=1 if alone else settings.jobs_at_once,
        queues=[ALONE if alone else QUEUE],
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        quiet=True,
    )
    watch = _end_when_idle if alone else _start_alone
    threading.Thread(target=watch, args=(app, celery, last), name="alone", daemon=True).start()
    try:
        celery.start()
    finally:
        loop.stop()


def _start_alone(app: Any, celery: Any, last: list[float]) -> None:
    """Start the worker `alone` whenever there is something for it to do."""
    child: subprocess.Popen[bytes] | None = None
    while True:
        time.sleep(LOOK_SECONDS)
        if (child is None or child.poll() is not None) and _waiting(app, ALONE):
            child = subprocess.Popen([sys.executable, "-m", __spec__.name, ALONE])


def _end_when_idle(app: Any, celery: Any, last: list[float]) -> None:
    while time.monotonic() - last[0] < IDLE_SECONDS or _waiting(app, ALONE):
        time.sleep(LOOK_SECONDS)
    celery.stop()


def _waiting(app: Any, queue: str) -> int:
    """Messages in a queue; 0 while Redis cannot be reached."""
    try:
        with app.connection_for_read() as connection:
            return int(connection.default_channel.client.llen(queue))
    except Exception:  # noqa: BLE001 - whatever the broker's libraries raise, it is tried again
        return 0


if __name__ == "__main__":
    main(alone=sys.argv[1:] == [ALONE])
