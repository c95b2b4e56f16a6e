"""What goes wrong, at random, until the work is done."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import redis

from tests.chaos.parts import Installation

KILL_SECONDS = (2.0, 6.0)
"""Between two workers that are killed."""
ALONE = 0.1
"""The share of them that is the worker of lost jobs: three kills while it runs a job end that job by design."""


@dataclass
class Plan:
    """When what happens, in seconds from the start: messages forgotten, Redis away, PostgreSQL restarted."""

    flushes: list[float]
    redis_stops: float
    redis_away: float
    postgresql_stops: float

    @classmethod
    def drawn(cls, lottery: random.Random, seconds: float, redis_away: float) -> "Plan":
        """Faults within `seconds`."""
        flushes = sorted(lottery.uniform(0, seconds) for _ in range(lottery.randint(3, 6)))
        return cls(flushes, lottery.uniform(0, seconds / 3), redis_away, lottery.uniform(0, seconds))


@dataclass
class Away:
    """When a part was away, by `time.monotonic`."""

    began: float = float("inf")
    ended: float = float("inf")

    def is_certain(self, began: float, ended: float, margin: float) -> bool:
        """Whether it was away during all of that time, and for a while before."""
        return self.began + margin < began and ended < self.ended

    def is_possible(self, began: float, ended: float, margin: float) -> bool:
        """Whether it was away in a part of that time, or shortly before."""
        return began < self.ended + margin and ended > self.began


@dataclass
class Faults:
    """Runs a plan against an installation; `happened` counts."""

    installation: Installation
    lottery: random.Random
    plan: Plan
    happened: Counter[str] = field(default_factory=Counter)
    redis: Away = field(default_factory=Away)
    postgresql: Away = field(default_factory=Away)

    def run(self, done: Callable[[], bool]) -> None:
        """Until the work is done. A worker that has ended is started again at once."""
        others = [threading.Thread(target=self._redis), threading.Thread(target=self._postgresql)]
        self._ended = threading.Event()
        began = time.monotonic()
        for thread in others:
            thread.start()
        try:
            kill_at, flushes = began + self.lottery.uniform(*KILL_SECONDS), list(self.plan.flushes)
            while any(thread.is_alive() for thread in others) or not done():
                time.sleep(0.2)
                self._start_ended()
                if flushes and time.monotonic() > began + flushes[0]:
                    flushes.pop(0)
                    with suppress(redis.RedisError):
                        self.installation.flush()
                        self.happened["messages forgotten"] += 1
                if time.monotonic() > kill_at:
                    kill_at = time.monotonic() + self.lottery.uniform(*KILL_SECONDS)
                    self._kill()
        finally:
            self._ended.set()
            for thread in others:
                thread.join()
            self._start_ended()

    def _start_ended(self) -> None:
        for worker in self.installation.workers:
            if worker.ended():
                worker.stop()
                worker.run()
                self.happened["workers ended by a document"] += 1

    def _kill(self) -> None:
        *usual, alone = self.installation.workers
        worker = alone if self.lottery.random() < ALONE else self.lottery.choice(usual)
        worker.kill()
        worker.run()
        self.happened["workers killed"] += 1

    def _redis(self) -> None:
        if not self._ended.wait(self.plan.redis_stops):
            self.redis.began = time.monotonic()
            self.installation.redis.stop()
            self._ended.wait(self.plan.redis_away)
            self.redis.ended = time.monotonic()
            self.installation.redis.run()
            self.happened["Redis stopped"] += 1

    def _postgresql(self) -> None:
        if not self._ended.wait(self.plan.postgresql_stops):
            self.postgresql.began = time.monotonic()
            self.installation.postgresql.stop()
            self.installation.postgresql.run()
            self.postgresql.ended = time.monotonic()
            self.happened["PostgreSQL restarted"] += 1
