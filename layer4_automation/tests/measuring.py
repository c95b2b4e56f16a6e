"""Processor time, for tests of how it grows."""

import gc
import time
from collections.abc import Callable
from typing import Any


def cpu_seconds(work: Callable[..., object], *arguments: Any) -> float:
    """The processor time of a call, without the collection of garbage that other tests left."""
    gc.disable()
    started = time.process_time()
    try:
        work(*arguments)
        return time.process_time() - started
    finally:
        gc.enable()
