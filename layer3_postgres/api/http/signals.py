"""What SIGTERM and Ctrl-C do: the server hears of them when the service has come to its end."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from api.config import Settings
from api.services.serving.shutdown import Shutdown


@contextmanager
def shuts_down_gracefully(stop: Shutdown, settings: Settings) -> Iterator[None]:
    """Stand between the signals and the server that handles them; the second signal goes straight through."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals do not reach a server that runs in another thread
        return
    loop = asyncio.get_running_loop()
    servers = {int(number): signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    stopping: list[asyncio.Task[None]] = []

    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(begin, number)  # a handler may interrupt anything, the loop included

    def begin(number: int) -> None:
        if stopping:
            hand_on(number)
            return
        drain = settings.drain_seconds if number == signal.SIGTERM else 0.0  # nobody balances a terminal
        stopping.append(loop.create_task(stop.run(drain, settings.stop_seconds)))
        stopping[0].add_done_callback(lambda _: hand_on(number))

    def hand_on(number: int) -> None:
        handler = servers[number]
        if callable(handler):
            handler(number, None)

    for number, handler in servers.items():
        if callable(handler):
            signal.signal(number, heard)
    try:
        yield
    finally:
        for number, handler in servers.items():
            signal.signal(number, handler)
