"""Three instances of a layer behind HAProxy, with the stores that they share: what docker-compose runs, as processes.

HAProxy gets the layer's own configuration, the schema is migrated first by its owner, and the instances know only the
role that serves.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx2

from mystack import postgres
from mystack.child import Child
from mystack.deploy import proxy
from mystack.deploy.proxy import Proxy
from mystack.embedded import Running, free_port, started
from mystack.fresh import clean_environment
from mystack.project import Layer, Refusal
from mystack.server import READY_SECONDS, WORKER_MODULE, listen
from mystack.supervised import Supervised

PLACES = ("a", "b", "c")
SETTINGS = {"DRAIN_SECONDS": "3", "STOP_SECONDS": "5", "PODS": str(len(PLACES))}
STOP_SECONDS = 20.0
MIGRATE_SECONDS = 120.0
LOOK_SECONDS = 0.1


@dataclass
class Instances:
    """What runs. `url` is the proxy's address, and `env` the environment of an instance."""

    layer: Layer
    folder: Path
    env: Mapping[str, str]
    stores: Running
    proxy: Proxy
    url: str
    running: dict[str, Child] = field(default_factory=dict)
    worker: Child | None = None

    def address(self, place: str) -> str:
        """The URL of one instance."""
        return f"http://127.0.0.1:{self.proxy.ports[place]}"

    def start(self, place: str) -> None:
        """Start an instance, and wait until the proxy sends it requests. Refuses one that does not get so far."""
        with listen("127.0.0.1", self.proxy.ports[place]) as listener:
            self.running[place] = self._child(place, "mystack.serve", str(listener.fileno()), keep=listener.fileno())
        self.wait_until_used(place)

    def wait_until_used(self, place: str) -> None:
        """Until the instance is ready, and the proxy has seen so. Refuses one that ends or takes too long."""
        child, deadline = self.running[place], time.monotonic() + READY_SECONDS
        while not (is_ready(self.address(place)) and place in self.proxy.up()):
            if child.status is not None or time.monotonic() > deadline:
                raise Refusal(f"instance {place} was not ready: {self._log(place).read_text(errors='replace')[-2000:]}")
            time.sleep(LOOK_SECONDS)

    def stop(self, place: str) -> None:
        """SIGTERM: the instance leaves the proxy, and finishes what it has begun."""
        self.running.pop(place).stop(STOP_SECONDS)

    def kill(self, place: str) -> None:
        """SIGKILL, to the instance and its children."""
        child = self.running.pop(place)
        os.killpg(child.pid, signal.SIGKILL)
        child.stop()

    def roll(self) -> None:
        """Replace one instance after the other."""
        for place in PLACES:
            self.stop(place)
            self.start(place)

    def restart_postgresql(self) -> None:
        """Shut the database down, and start it again at the same address."""
        [old] = [child for child in self.stores.children if child.name == "PostgreSQL"]
        old.stop()
        port = urlsplit(self.stores.settings["DATABASE_URL"]).port or 0
        _, new = postgres.launch(self.folder, self.stores.descriptors[0], port)
        self.stores.children[self.stores.children.index(old)] = new

    def kill_redis(self) -> None:
        """SIGKILL; `tend` brings it back."""
        os.killpg(self._redis.pid, signal.SIGKILL)

    def bring_redis_back(self) -> None:
        """Start it again, and wait until it runs."""
        killed, deadline = self._redis.pid, time.monotonic() + READY_SECONDS
        while self._redis.pid == killed and time.monotonic() < deadline:
            self._redis.tend()
            time.sleep(LOOK_SECONDS)

    @property
    def _redis(self) -> Supervised:
        return next(child for child in self.stores.children if isinstance(child, Supervised))

    def stop_all(self) -> None:
        """Instances and worker, then the stores that were started again."""
        for child in [*self.running.values(), *([self.worker] if self.worker else [])]:
            child.stop(STOP_SECONDS)
        for store in self.stores.children:
            store.stop()

    def begin(self) -> None:
        """Start all of them at the same time, and a worker. Refuses a migration or an instance that fails."""
        owner = self.stores.settings | {"PGOPTIONS": "-c lock_timeout=2s"}
        migration = self._child("migrate", "api.entrypoints.migrate", guarded=False, more=owner)
        if migration.wait(MIGRATE_SECONDS) != 0:
            raise Refusal(f"the migration failed: {self._log('migrate').read_text(errors='replace')[-2000:]}")
        migration.stop()
        self.worker = self._child("worker", WORKER_MODULE, guarded=False)
        for place in PLACES:
            with listen("127.0.0.1", self.proxy.ports[place]) as listener:
                descriptor = listener.fileno()
                self.running[place] = self._child(place, "mystack.serve", str(descriptor), keep=descriptor)
        for place in PLACES:
            self.wait_until_used(place)

    def _child(
        self,
        name: str,
        *command: str,
        keep: int | None = None,
        guarded: bool = True,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> Child:
        kept = [*self.stores.descriptors, *([] if keep is None else [keep])]
        with self._log(name).open("ab") as log:
            return Child(
                name,
                command,
                cwd=self.layer.folder,
                env=dict(self.env) | dict(more),
                keep_open=kept,
                output=log,
                guarded=guarded,
            )

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@contextmanager
def instances(
    layer: Layer,
    folder: Path,
    settings: Mapping[str, str] = MappingProxyType({}),
    on_progress: Callable[[str], None] = lambda text: None,
) -> Iterator[Instances]:
    """Three instances on fresh stores in `folder`; everything is stopped at the end. Refuses what does not start."""
    configuration = layer.folder / "haproxy" / "haproxy.cfg"
    if not configuration.exists():
        raise Refusal(f"layer {layer.number} does not run as several instances: that begins with layer 6")
    given = clean_environment() | SETTINGS | dict(settings)
    with ExitStack() as stack:
        on_progress("the stores, the proxy and three instances start")
        stores = stack.enter_context(started(layer, folder, given))
        address = f"127.0.0.1:{free_port()}"
        behind = proxy.start(configuration, folder, address, {place: free_port() for place in PLACES})
        stack.callback(behind.child.stop)
        env = given | {name: value for name, value in stores.settings.items() if name != "DATABASE_OWNER_URL"}
        several = Instances(layer, folder, env, stores, behind, f"http://{address}")
        stack.callback(several.stop_all)
        several.begin()
        yield several


def is_ready(url: str) -> bool:
    """Whether an instance says that it is ready."""
    try:
        return httpx2.get(f"{url}/health/ready", trust_env=False, timeout=5).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False
