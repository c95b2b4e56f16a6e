"""What was verified a moment ago, in bounded memory."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 4_096


class Remembered(Generic[T]):
    """Values that are forgotten some seconds after they were put in, however often they are used."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self.clock = clock
        self.most = most
        self._values: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, key: str) -> T | None:
        until, value = self._values.get(key, (0.0, None))
        if value is not None and self.clock() >= until:
            del self._values[key]
            return None
        return value

    def put(self, key: str, value: T, seconds: float) -> None:
        self._values.pop(key, None)
        self._values[key] = (self.clock() + seconds, value)
        if len(self._values) > self.most:
            self._values.popitem(last=False)

    def clear(self) -> None:
        self._values.clear()
