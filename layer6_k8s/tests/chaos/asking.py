"""A client that asks all the time, and what it is told."""

import threading
import time
from dataclasses import dataclass, field

import httpx2

from tests.chaos.faults import Faults

MARGIN_SECONDS = 4.0
"""A report of /health is remembered for a second, and a connection that has died is noticed at its next use."""


@dataclass
class Asking:
    """Questions and reports of health; `wrong` says what was not true."""

    url: str
    faults: Faults
    questions: int = 0
    reports: int = 0
    wrong: list[str] = field(default_factory=list)

    def __enter__(self) -> "Asking":
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *more: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx2.Client(base_url=self.url, trust_env=False, timeout=60) as client:
            while not self._ended.wait(0.3):
                self._ask(client)
                self._look(client)

    def _ask(self, client: httpx2.Client) -> None:
        began = time.monotonic()
        status = client.post("/search", json={"query": "where is a chunk stored?"}).status_code
        self.questions += 1
        restarting = self.faults.postgresql.is_possible(began, time.monotonic(), MARGIN_SECONDS)
        if status != httpx2.codes.OK and not (status == httpx2.codes.SERVICE_UNAVAILABLE and restarting):
            self.wrong.append(f"/search answered {status}")

    def _look(self, client: httpx2.Client) -> None:
        """Health says that Redis is away while it is, and that it is there while it is."""
        began = time.monotonic()
        dependencies = {each["name"]: each for each in client.get("/health").json()["dependencies"]}
        ended = time.monotonic()
        self.reports += 1
        for name, away in (("redis", self.faults.redis), ("postgresql", self.faults.postgresql)):
            ok = dependencies[name]["status"] == "ok"
            if ok and away.is_certain(began, ended, MARGIN_SECONDS):
                self.wrong.append(f"/health said that {name} was there: {dependencies[name]}")
            if not ok and not away.is_possible(began, ended, MARGIN_SECONDS):
                self.wrong.append(f"/health said that {name} was away: {dependencies[name]}")
