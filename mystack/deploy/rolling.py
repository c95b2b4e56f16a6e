"""Two instances of a release behind the proxy, and how another release replaces them.

The new instance comes up in the free place first; only when the proxy sends it requests does an old one stop. So there
are always two instances at work, and a release that does not start replaces nothing.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2

from mystack.child import Child
from mystack.deploy.proxy import Proxy
from mystack.deploy.release import Release
from mystack.project import Refusal
from mystack.server import WORKER, WORKER_MODULE, listen

READY_SECONDS = 180.0
SEEN_SECONDS = 10.0
SERVER_SECONDS = 7.0
"""What uvicorn takes at most after the service's own shutdown, with some reserve."""
RESTART_SECONDS = 5.0
"""Between two attempts to start again what has ended."""
DEFAULTS = {"DRAIN_SECONDS": "3", "STOP_SECONDS": "5"}
"""The drain is six of the proxy's checks."""

Say = Callable[[str], None]


@dataclass
class Instance:
    """A process of a release; `place` is its name at the proxy, and "" for the worker."""

    place: str
    release: Release
    child: Child


class Deployment:
    """What runs. `env` is the service's environment, with the addresses of its stores."""

    def __init__(self, proxy: Proxy, env: Mapping[str, str], folder: Path, keep_open: tuple[int, ...] = ()) -> None:
        self.proxy = proxy
        self.env = DEFAULTS | dict(env)
        self.folder = folder
        self._keep_open = keep_open
        self.instances: list[Instance] = []
        self.worker: Instance | None = None
        self._missing: list[Instance] = []
        self._again = 0.0
        self._stop_seconds = float(self.env["DRAIN_SECONDS"]) + float(self.env["STOP_SECONDS"]) + SERVER_SECONDS

    def roll(self, release: Release, say: Say, *, contract: bool = False) -> None:
        """Replace whatever runs by the release. Refuses one that does not migrate or start; then what ran still runs.

        While older instances run, a migration may only expand the schema, unless `contract` says that they can do
        without what it removes.
        """
        expand = [] if contract or not self.instances else ["--expand"]
        say(release.run(["api.entrypoints.migrate", *expand], self.env))
        old, worker = list(self.instances), self._worker(release)
        try:
            self._add(release, say)
        except BaseException:
            if worker:
                worker.child.stop(self._stop_seconds)
            raise
        # The new worker knows the jobs of both releases; the old one, only its own.
        worker, self.worker = self.worker, worker
        if worker:
            worker.child.stop(self._stop_seconds)
        self._remove(old[:1], say)
        self._add(release, say)
        self._remove(old[1:], say)
        self._missing.clear()

    def _add(self, release: Release, say: Say) -> None:
        new = self._start(release)
        say(f"{release.name} is ready in place {new.place}")

    def _remove(self, instances: list[Instance], say: Say) -> None:
        for instance in instances:
            self.stop(instance)
            say(f"{instance.release.name} has left place {instance.place}")

    def tend(self, say: Say) -> None:
        """Start again what has ended by itself; what does not come up is tried again, and the others go on."""
        for one in [instance for instance in self.instances if instance.child.status is not None]:
            say(f"place {one.place} ended unexpectedly (status {one.child.status}); it is started again")
            self.stop(one)
            self._missing.append(one)
        if time.monotonic() < self._again:
            return
        worker = self.worker if self.worker and self.worker.child.status is not None else None
        if worker or self._missing:
            self._again = time.monotonic() + RESTART_SECONDS
        if worker:
            say(f"the worker ended unexpectedly (status {worker.child.status}); it is started again")
            worker.child.stop()
            self.worker = self._worker(worker.release)
        for one in list(self._missing):
            try:
                self._start(one.release, one.place)
                self._missing.remove(one)
            except (Refusal, OSError) as refusal:
                say(f"place {one.place} did not come up, and is tried again: {refusal}")

    def stop(self, instance: Instance) -> None:
        """Its running requests finish, within the time that the settings give."""
        self.instances.remove(instance)
        instance.child.stop(self._stop_seconds)

    def stop_all(self) -> None:
        for instance in list(self.instances):
            self.stop(instance)
        if self.worker:
            self.worker.child.stop(self._stop_seconds)

    def _worker(self, release: Release) -> Instance | None:
        if not self.env.get("REDIS_URL") or not (release.layer.folder / WORKER).exists():
            return None  # without a broker the service runs its jobs itself
        return Instance("", release, self._child("worker", release, [WORKER_MODULE]))

    def _start(self, release: Release, place: str = "") -> Instance:
        """An instance that gets requests. Refuses one that does not come up; it is stopped then."""
        taken = {instance.place for instance in self.instances}
        place = place or next(name for name in self.proxy.ports if name not in taken)
        with listen("127.0.0.1", self.proxy.ports[place]) as listener:
            command = ["mystack.serve", str(listener.fileno())]
            child = self._child(place, release, command, listener.fileno(), guarded=True)
        try:
            self._wait_until_used(child, place)
        except BaseException:
            child.stop()
            raise
        new = Instance(place, release, child)
        self.instances.append(new)
        return new

    def _child(self, name: str, release: Release, command: list[str], *kept: int, guarded: bool = False) -> Child:
        with (self.folder / f"{name}.log").open("ab") as log:
            return Child(
                f"{name} ({release.name})",
                command,
                cwd=release.layer.folder,
                env=release.environment(self.env),
                keep_open=[*kept, *self._keep_open],
                output=log,
                guarded=guarded,
                python=release.python,
            )

    def _wait_until_used(self, child: Child, place: str) -> None:
        """Until it is ready, and the proxy has seen so."""
        url, log = f"http://127.0.0.1:{self.proxy.ports[place]}/health/ready", self.folder / f"{place}.log"
        with httpx2.Client(timeout=2, trust_env=False) as client:
            _until(lambda: _is_ready(client, url), READY_SECONDS, child, f"was not ready; its log is {log}")
        _until(lambda: place in self.proxy.up(), SEEN_SECONDS, child, "gets no requests from the proxy")


def _until(condition: Callable[[], bool], seconds: float, child: Child, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if child.status is not None:
            raise Refusal(f"{child.name} ended while it started (status {child.status}): it {what}")
        if time.monotonic() > deadline:
            raise Refusal(f"{child.name} {what} (within {seconds:.0f} s)")
        time.sleep(0.1)


def _is_ready(client: httpx2.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False
