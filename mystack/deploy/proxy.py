"""HAProxy, with the layer's own configuration, as a child process.

`start` starts it, and `main` is the child: HAProxy in the foreground, ended with its parent.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mystack.child import Child, stop_on_signals
from mystack.project import Refusal

PATH = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin{os.pathsep}/usr/local/sbin"
START_SECONDS = 10.0
PROXY, SERVER, OPEN, STATUS = 0, 1, 4, 17
"""Columns of HAProxy's `show stat`: the proxy, the server, its open requests, its status."""


@dataclass(frozen=True)
class Proxy:
    """`ports` are those of the places behind it, by name."""

    child: Child
    ports: Mapping[str, int]
    folder: Path

    def up(self) -> set[str]:
        """The places that get requests."""
        return {row[SERVER] for row in self._servers() if row[STATUS].startswith("UP")}

    def open_requests(self) -> dict[str, int]:
        """Of each place, the requests that are not yet answered to their end."""
        return {row[SERVER]: int(row[OPEN]) for row in self._servers()}

    def most_connections(self) -> int:
        """The connections of clients that it accepts at the same time."""
        lines = dict(line.split(": ", 1) for line in self._ask("show info").splitlines() if ": " in line)
        return int(lines["Maxconn"])

    def _servers(self) -> list[list[str]]:
        rows = [line.split(",") for line in self._ask("show stat").splitlines() if line and not line.startswith("#")]
        return [row for row in rows if row[SERVER] in self.ports]

    def _ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as admin:
            admin.settimeout(5)
            admin.connect(str(self.folder / "admin"))
            admin.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: admin.recv(65_536), b"")).decode()


def start(configuration: Path, folder: Path, address: str, ports: Mapping[str, int]) -> Proxy:
    """Start HAProxy with its files in `folder`, and wait until it answers. Refuses one that is missing or fails."""
    program = binary()
    env = os.environ | {"ADDRESS": address, "ADMIN": str(folder / "admin")}
    env |= {name.upper(): f"127.0.0.1:{port}" for name, port in ports.items()}
    (folder / "admin").unlink(missing_ok=True)
    with (folder / "haproxy.log").open("wb") as log:
        child = Child(
            "HAProxy", ["mystack.deploy.proxy:main", program, str(configuration)], cwd=folder, env=env, output=log
        )
    proxy = Proxy(child, ports, folder)
    deadline = time.monotonic() + START_SECONDS
    while child.status is None and time.monotonic() < deadline:
        try:
            proxy.up()
            return proxy
        except OSError:
            time.sleep(0.05)
    child.stop()
    raise Refusal(f"HAProxy did not start:\n{(folder / 'haproxy.log').read_text(errors='replace').strip()}")


def binary() -> str:
    """HAProxy's program. Refuses a machine without it."""
    found = shutil.which("haproxy", path=PATH)
    if not found:
        raise Refusal("HAProxy is not installed (Debian, Ubuntu: apt install haproxy)")
    return found


def main() -> int:
    """`BINARY CONFIGURATION`: run HAProxy until a signal stops it; open answers may end."""
    stop_on_signals()
    process = subprocess.Popen([sys.argv[1], "-db", "-f", sys.argv[2]])
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGTERM)
        return process.wait()
