"""The command `mystack monitor`: Prometheus and Alertmanager with the newest layer's files, on this machine only."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx2
import typer
from rich.console import Console

from mystack.alerts import receiving, sentence
from mystack.child import Child, stop_on_signals
from mystack.client import LOCAL, ApiKey, Url, client
from mystack.datafolder import locked
from mystack.project import Layer, Refusal, find_layer
from mystack.server import listen

PROGRAMS = {"Prometheus": ("prometheus",), "Alertmanager": ("prometheus-alertmanager", "alertmanager")}
"""What each is called: by Debian, and by its makers."""
INSTALL = (
    "install prometheus and prometheus-alertmanager (Debian: RUNLEVEL=1 apt-get install -y …, which starts neither)"
)
READY_SECONDS = 60.0
KEPT = "15d"
CRASHED = 1
SERVICE, WORKER = '["layer5:8000"]', '["layer5-worker:9101"]'
ALERTMANAGER, WEBHOOK = '["alertmanager:9093"]', "http://webhook:9099/"
JOB = "  - job_name: mystack\n"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Monitors:
    """The addresses of what runs, and the processes."""

    prometheus: str
    alertmanager: str
    children: tuple[Child, ...]


@app.command("monitor")
def monitor(
    url: Url = LOCAL,
    api_key: ApiKey = None,
    worker_port: Annotated[
        int | None, typer.Option(help="The worker's WORKER_METRICS_PORT, if it has one.", min=1, max=65535)
    ] = None,
    webhook: Annotated[
        str | None, typer.Option(help="URL that alerts are posted to.", show_default="they are printed here")
    ] = None,
    port: Annotated[int, typer.Option(help="Port of Prometheus, on 127.0.0.1.", min=1, max=65535)] = 9090,
    alertmanager_port: Annotated[
        int, typer.Option(help="Port of Alertmanager, on 127.0.0.1.", min=1, max=65535)
    ] = 9093,
    data: Annotated[Path | None, typer.Option(help="Data folder of the layer.", show_default=".mystack/layerN")] = None,
) -> None:
    """Watch a running layer (5 or later) with Prometheus and Alertmanager, and print its alerts.

    Both must be installed; they listen on this machine only. What they measure is kept for 15 days in the data folder.
    Set PROMETHEUS_URL to the printed address before `mystack run`, and /dashboard reaches as far back. Ctrl-C stops
    both.

    Examples:

        mystack monitor

        mystack monitor --url http://127.0.0.1:8123 --webhook http://127.0.0.1:9099/alerts
    """
    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    layer = find_layer()
    with client(url, api_key) as http:
        target, secure = str(http.base_url.netloc, "ascii"), http.base_url.scheme == "https"
        if http.base_url.port is None:
            target += ":443" if secure else ":80"
        key = http.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        with ExitStack() as stack:
            receiver = webhook or stack.enter_context(
                receiving(lambda alert: console.print(sentence(alert), markup=False))
            )
            place = Place(layer, layer.data(data) / "monitor", port, alertmanager_port)
            monitors = stack.enter_context(monitoring(place, Target(target, key, secure), receiver, worker_port))
            console.print(f"  Prometheus    {monitors.prometheus}", markup=False)
            console.print(f"  Alertmanager  {monitors.alertmanager}\n", markup=False)
            console.print(f"PROMETHEUS_URL={monitors.prometheus} makes /dashboard read it. Ctrl-C stops both.\n")
            raise typer.Exit(watch(monitors))
    except KeyboardInterrupt:
        console.print("\nStopped.")


@dataclass(frozen=True)
class Target:
    """The layer: host and port, its API key if it has one, and whether it speaks HTTPS."""

    address: str
    key: str = ""
    secure: bool = False

    @property
    def job(self) -> str:
        """What Prometheus must know beside the address."""
        return JOB + "    scheme: https\n" * self.secure


@dataclass(frozen=True)
class Place:
    """Which layer's files, where data is kept, and the ports."""

    layer: Layer
    folder: Path
    port: int
    alertmanager_port: int


@contextmanager
def monitoring(place: Place, target: Target, webhook: str, worker_port: int | None = None) -> Iterator[Monitors]:
    """Both programs, ready. Refuses what is not installed or does not start, and a port that is in use."""
    programs = {name: _found(name) for name in PROGRAMS}
    for port, option in ((place.port, "--port"), (place.alertmanager_port, "--alertmanager-port")):
        listen("127.0.0.1", port, option).close()
    with locked(place.folder) as lock, ExitStack() as stack:
        configure(place, target, webhook, worker_port)
        alerts, metrics = f"127.0.0.1:{place.alertmanager_port}", f"127.0.0.1:{place.port}"
        options = {
            "Alertmanager": (alerts, "--storage.path=alerts", "--cluster.listen-address="),
            "Prometheus": (metrics, "--storage.tsdb.path=samples", f"--storage.tsdb.retention.time={KEPT}"),
        }
        children = []
        for name, (address, *more) in options.items():
            basics = [f"--config.file={name.lower()}.yml", f"--web.listen-address={address}"]
            child = _started(name, [programs[name], *basics, *more], place.folder, lock)
            stack.callback(child.stop)
            _wait(child, f"http://{address}/-/ready", place.folder)
            children.append(child)
        yield Monitors(f"http://{metrics}", f"http://{alerts}", tuple(children))


def configure(place: Place, target: Target, webhook: str, worker_port: int | None) -> None:
    """Write the layer's files with the addresses of this machine into the folder. The key is a file of its own."""
    source = place.layer.folder / "monitoring" / "prometheus"
    if not source.is_dir():
        raise Refusal("this layer has nothing to monitor: metrics begin with layer 5")
    worker = f'["{target.address.rpartition(":")[0]}:{worker_port}"]' if worker_port else "[]"
    changes = {
        "prometheus.yml": {
            SERVICE: f'["{target.address}"]',
            WORKER: worker,
            ALERTMANAGER: f'["127.0.0.1:{place.alertmanager_port}"]',
            JOB: target.job,
        },
        "alertmanager.yml": {WEBHOOK: webhook},
        "rules.yml": {},
        "alerts.yml": {},
    }
    for name, replaced in changes.items():
        text = (source / name).read_text(encoding="utf-8")
        for old, new in replaced.items():
            if old not in text:
                raise Refusal(f"{source / name} has no {old.strip()}: `mystack monitor` cannot set the address")
            text = text.replace(old, new)
        (place.folder / name).write_text(text, encoding="utf-8")
    with open(os.open(place.folder / "key", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(target.key)


def watch(monitors: Monitors) -> int:
    """Wait until one of them ends by itself; reports it and returns the exit status."""
    while True:
        for child in monitors.children:
            if child.wait(0.5) is not None:
                sys.stderr.write(
                    f"mystack: {child.name} ended unexpectedly (status {child.status}); stopping the other\n"
                )
                return CRASHED


def _found(name: str) -> str:
    program = next((found for each in PROGRAMS[name] if (found := shutil.which(each))), None)
    if program is None:
        raise Refusal(f"{name} is not installed: {INSTALL}")
    return program


def _started(name: str, command: list[str], folder: Path, lock: int) -> Child:
    with (folder / f"{name.lower()}.log").open("wb") as log:
        return Child(name, ["mystack.monitor:main", *command], cwd=folder, env=os.environ, keep_open=[lock], output=log)


def _wait(child: Child, url: str, folder: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while child.status is None and time.monotonic() < deadline:
        try:
            if httpx2.get(url, timeout=2, trust_env=False).status_code == httpx2.codes.OK:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    log = folder / f"{child.name.lower()}.log"
    raise Refusal(f"{child.name} did not start: its port may be in use; its log is {log}")


def main() -> int:
    """`PROGRAM ARGUMENTS…`: run it until a signal stops it."""
    stop_on_signals()
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    try:
        return program.wait()
    except KeyboardInterrupt:
        program.send_signal(signal.SIGTERM)
        return program.wait()
