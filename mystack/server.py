"""A layer and its embedded services as one running server, for `mystack run`, benchmarks and tests.

with serving(find_layer(2), folder) as server:
    httpx2.get(server.url + "/health")
"""

import errno
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx2

from mystack.child import Child
from mystack.client import explain
from mystack.embedded import Running, started
from mystack.project import Layer, Refusal
from mystack.supervised import Supervised

READY_SECONDS = 180.0
WORKER, WORKER_MODULE = "api/entrypoints/worker.py", "api.entrypoints.worker"


@dataclass(frozen=True)
class Server:
    """A running layer."""

    layer: Layer
    url: str
    app: Child
    services: Running

    def tend(self) -> list[str]:
        """Start again what is supervised and has ended; returns what there is to report."""
        supervised = (child for child in self.services.children if isinstance(child, Supervised))
        return [report for child in supervised if (report := child.tend())]

    def stopped(self) -> Child | Supervised | None:
        """The first of its processes that has ended, if one has."""
        return next((child for child in [self.app, *self.services.children] if child.status is not None), None)


@contextmanager
def serving(
    layer: Layer,
    folder: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    env: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    on_progress: Callable[[str], None] = lambda text: None,
) -> Iterator[Server]:
    """Start the layer on that port (0: a free one), wait until it is ready, and stop everything at the end.

    `env` is the layer's environment, by default this process's; `output` receives its log, by default this process's
    output. Refuses a port or a data folder that cannot be used, and a layer that does not start.
    """
    environment = dict(os.environ if env is None else env)
    with ExitStack() as stack:
        listener = stack.enter_context(listen(host, port))
        running = stack.enter_context(started(layer, folder, environment))
        for child in running.children:
            on_progress(f"{child.name} answers")
        app_env = environment | running.settings
        app = Child(
            f"layer {layer.number}",
            ["mystack.serve", str(listener.fileno())],
            cwd=layer.folder,
            env=app_env,
            keep_open=[listener.fileno(), *running.descriptors],
            output=output,
            guarded=True,
        )
        stack.callback(app.stop)
        if (layer.folder / WORKER).exists():
            worker = Supervised(lambda: _worker(layer, app_env, running, output))
            running.children.append(worker)
            stack.callback(worker.stop)
        server = Server(layer, _url(listener), app, running)
        listener.close()
        _wait_until_ready(server, on_progress)
        yield server


def _worker(layer: Layer, env: Mapping[str, str], running: Running, output: IO[bytes] | None) -> Child:
    keep = running.descriptors
    return Child("worker", [WORKER_MODULE], cwd=layer.folder, env=env, keep_open=keep, output=output)


def listen(host: str, port: int, option: str = "PORT=… (--port)") -> socket.socket:
    """A listening socket. Refuses a port that is in use or not permitted, and names the option that chooses another."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(2048)
        except BaseException:
            listener.close()
            raise
    except socket.gaierror as error:
        raise Refusal(
            f"{host} is not an address of this machine ({error.strerror}); choose another with --host"
        ) from error
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRNOTAVAIL:
            raise Refusal(f"{host} is not an address of this machine; choose another with --host") from error
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "is already in use" if taken else f"cannot be used ({error})"
        raise Refusal(f"port {port} on {host} {why}; choose another with {option}") from error
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    named = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{named}:{port}"


def _wait_until_ready(server: Server, on_progress: Callable[[str], None]) -> None:
    deadline, pause, said = time.monotonic() + READY_SECONDS, 0.02, ""
    with httpx2.Client(timeout=2, trust_env=False) as client:
        while time.monotonic() < deadline:
            for report in server.tend():
                on_progress(report)
            if gone := server.stopped():
                raise Refusal(f"{gone.name} did not start (status {gone.status}); the messages above say why")
            try:
                answer = client.get(server.url + "/health/ready")
                if answer.status_code == httpx2.codes.OK and not (waited := _missing_worker(client, server)):
                    return
                before, said = said, waited if answer.is_success else _not_ready(client, server) or explain(answer)
                if not before:
                    on_progress(f"{server.app.name} answers; {said}")
            except httpx2.TransportError:
                pass
            time.sleep(pause)
            pause = min(2 * pause, 0.25)
    raise Refusal(f"layer {server.layer.number} was not ready within {READY_SECONDS:.0f} s: {said or 'no answer'}")


def _not_ready(client: httpx2.Client, server: Server) -> str:
    """What a layer waits for, such as "waiting for the embedding model"; "" if /health names nothing."""
    dependencies = client.get(server.url + "/health").json()["dependencies"]
    names = [f"the {entry['name'].replace('_', ' ')}" for entry in dependencies if entry["status"] == "down"]
    return f"waiting for {' and '.join(names)}" if names else ""


def _missing_worker(client: httpx2.Client, server: Server) -> str:
    """What /health says while the layer's worker is starting; "" without one, or once it works."""
    if not any(child.name == "worker" for child in server.services.children):
        return ""
    dependencies = client.get(server.url + "/health").json()["dependencies"]
    return (
        "the worker is starting"
        if any(entry["name"] == "jobs" and entry["status"] != "ok" for entry in dependencies)
        else ""
    )
