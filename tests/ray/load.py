"""Questions, one after the other, from several clients at once, while something happens to the models."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import httpx2


@dataclass
class Load:
    """`failures`: what answered other than 200, or not at all. `slowest`: the longest answer, in seconds."""

    answered: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)


def under_load(url: str, happening: Callable[[], None], clients: int = 4, seconds_after: float = 4.0) -> Load:
    """Search in the layer at `url` until some seconds after `happening` has returned."""
    load, stop, lock, numbers = Load(), threading.Event(), threading.Lock(), count()

    def ask() -> None:
        with httpx2.Client(base_url=url, trust_env=False, timeout=30) as http:
            while not stop.is_set():
                began = time.monotonic()
                reason = _asked(http, f"Who wrote chapter {next(numbers)}?")
                with lock:
                    load.answered += 1
                    load.slowest = max(load.slowest, time.monotonic() - began)
                    load.failures += [reason] if reason else []

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        happening()
        stop.wait(seconds_after)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return load


def _asked(http: httpx2.Client, question: str) -> str:
    """Why it failed; "" if it did not."""
    try:
        answer = http.post("/search", json={"query": question})
    except httpx2.HTTPError as error:
        return repr(error)
    return "" if answer.status_code == httpx2.codes.OK else f"{answer.status_code} {answer.text[:300]}"
