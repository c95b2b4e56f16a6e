"""Processor time, for tests of how it grows."""

import gc
import time
from collections.abc import Callable
from typing import Any


def cpu_seconds(work: Callable[..., object], *arguments: Any) -> float:
    """The processor time of a call, the lesser of two: the first may be that in which the coverage is measured.

    The garbage that other tests left is not collected meanwhile.
    """
    gc.disable()
    try:
        return min(_once(work, *arguments), _once(work, *arguments))
    finally:
        gc.enable()


def _once(work: Callable[..., object], *arguments: Any) -> float:
    started = time.process_time()
    work(*arguments)
    return time.process_time() - started
