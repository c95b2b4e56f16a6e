"""SIGTERM and Ctrl-C: first the graceful shutdown, then the server's own handler."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from api.config import Settings
from api.services.serving.shutdown import Shutdown


@contextmanager
def shuts_down_gracefully(shutdown: Shutdown, settings: Settings) -> Iterator[None]:
    """Run the graceful shutdown before the server handles a signal; a second signal goes straight to the server."""
    if threading.current_thread() is not threading.main_thread():
        yield  # a server in another thread receives no signals
        return
    loop = asyncio.get_running_loop()
    servers = {int(number): signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    stopping: list[asyncio.Task[None]] = []

    def on_signal(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(begin, number)  # a signal handler may interrupt the event loop itself

    def begin(number: int) -> None:
        if stopping:
            pass_on(number)
            return
        drain = settings.drain_seconds if number == signal.SIGTERM else 0.0  # no load balancer watches a terminal
        stopping.append(loop.create_task(shutdown.run(drain, settings.stop_seconds)))
        stopping[0].add_done_callback(lambda _: pass_on(number))

    def pass_on(number: int) -> None:
        handler = servers[number]
        if callable(handler):
            handler(number, None)

    for number, handler in servers.items():
        if callable(handler):
            signal.signal(number, on_signal)
    try:
        yield
    finally:
        for number, handler in servers.items():
            signal.signal(number, handler)
