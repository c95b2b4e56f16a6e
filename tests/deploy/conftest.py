"""A repository with releases, a deployment of them, and clients that keep asking it."""

import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from mystack.deploy import proxy
from mystack.fresh import clean_environment
from mystack.project import ROOT, find_layer
from tests.cli.processes import Program, started, until

LAYER = find_layer()
CLIENTS = 4
MOST_REQUESTS, MOST_SECONDS = 8_000, 240
PAUSE = 0.01
"""Seconds between two requests of a client; more load would only delay the new instances."""
PLACES = 4
"""Ports in a row: the proxy's, and those of three places."""
AUTHOR = ("-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")
MIGRATION = '''"""A change."""

from alembic import op

revision = "{revision}"
down_revision = "{down}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("{statement}")


def downgrade() -> None:
    pass
'''


@dataclass(frozen=True)
class Releases:
    """A git repository that begins with the checkout as it is, uncommitted changes included."""

    folder: Path

    def commit(self, tag: str) -> None:
        self.git("add", "--all")
        self.git(*AUTHOR, "commit", "--quiet", "--message", tag)
        self.git("tag", tag)

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", "-C", str(self.folder), *arguments], check=True, capture_output=True)

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.folder / LAYER.folder.name / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def migrate(self, revision: str, down: str, statement: str) -> None:
        """Add a migration to the layer's branch."""
        text = MIGRATION.format(revision=revision, down=down, statement=statement)
        branch = self.folder / LAYER.folder.name / "api" / "migrations" / "versions" / f"layer{LAYER.number}"
        (branch / f"9{revision[-3:]}_a_change.py").write_text(text)

    def head(self) -> str:
        """The last migration of the layer."""
        code = "from api.adapters.postgres.schema.version import heads; print(*heads())"
        layer = self.folder / LAYER.folder.name
        return subprocess.run(
            [sys.executable, "-c", code], cwd=layer, check=True, capture_output=True, text=True
        ).stdout.strip()


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """`v1`, the checkout; `v2` adds a column to a table that is in use; `v3` drops one; `v4` does not start."""
    made = Releases(tmp_path_factory.mktemp("releases"))
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")[:-1]:
        if (source := ROOT / name).is_file():
            (made.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, made.folder / name)
    made.git("init", "--quiet")
    made.commit("v1")
    made.migrate("test_0001", made.head(), "ALTER TABLE messages ADD COLUMN mood text")
    made.edit("layer.toml", 'version = "', 'version = "2')
    made.commit("v2")
    made.migrate("test_0002", "test_0001", "ALTER TABLE messages DROP COLUMN mood")
    made.commit("v3")
    made.git("reset", "--quiet", "--hard", "v2")
    made.edit("api/main.py", "settings = settings or Settings()", "raise RuntimeError('this release is broken')")
    made.commit("v4")
    return made


@dataclass(frozen=True)
class Deployed:
    """A deployment whose first call runs as `program`."""

    program: Program
    url: str
    home: Path
    repository: Path

    def deploy(self, *arguments: str) -> tuple[int, str]:
        """A further call; returns its status and output."""
        with started([*command(self.repository, self.home), *arguments], clean_environment()) as program:
            return program.process.wait(200), program.text

    def version(self) -> str:
        return str(httpx2.get(f"{self.url}/health", trust_env=False, timeout=10).json()["version"])


def command(repository: Path, home: Path) -> list[str]:
    return ["-m", "mystack", "deploy", "--repository", str(repository), "--home", str(home)]


@pytest.fixture
def deployed(releases: Releases) -> Iterator[Deployed]:
    """`v1`, with stores of its own. A short folder: the name of a socket has at most 107 characters."""
    if not shutil.which("haproxy", path=proxy.PATH):
        pytest.fail("HAProxy is not installed (Debian, Ubuntu: apt install haproxy)")
    with tempfile.TemporaryDirectory(prefix="mystack-", dir="/tmp") as short:
        home, data, port = Path(short, "home"), Path(short, "data"), free_ports(PLACES)
        arguments = [*command(releases.folder, home), "v1", "--port", str(port), "--data", str(data)]
        with started(arguments, clean_environment()) as program:
            until(lambda: "is deployed at" in program.text or program.process.poll() is not None, 200, "it is deployed")
            assert "is deployed at" in program.text, program.text + logs(home)
            yield Deployed(program, f"http://127.0.0.1:{port}", home, releases.folder)
            program.process.terminate()
            assert program.process.wait(90) == 0, program.text + logs(home)


def logs(home: Path) -> str:
    return "".join(
        f"\n--- {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in sorted(home.glob("*.log"))
    )


def free_ports(number: int) -> int:
    """The first of so many free ports in a row."""
    for first in range(20_000, 32_000, number):
        with bound(first, number) as free:
            if free:
                return first
    raise AssertionError("no free ports")


@contextmanager
def bound(first: int, number: int) -> Iterator[bool]:
    """Whether all of the ports can be bound."""
    sockets = [socket.socket() for _ in range(number)]
    try:
        for offset, one in enumerate(sockets):
            one.bind(("127.0.0.1", first + offset))
        yield True
    except OSError:
        yield False
    finally:
        for one in sockets:
            one.close()


@contextmanager
def asking(url: str) -> Iterator[Counter[str]]:
    """Clients that chat, search and read until the block ends; counts their answers by route and status."""
    finished, answers = threading.Event(), Counter[str]()
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients: list[Future[Counter[str]]] = [pool.submit(_ask, url, finished) for _ in range(CLIENTS)]
        try:
            yield answers
        finally:
            finished.set()
            for client in clients:
                answers += client.result()


def _ask(url: str, finished: threading.Event) -> Counter[str]:
    found = Counter[str]()
    requests = [
        ("POST", "/chat", {"message": "When does the harbour office open?"}),
        ("POST", "/search", {"query": "harbour", "top_k": 3}),
        ("GET", "/documents", None),
        ("GET", "/conversations", None),
    ]
    with httpx2.Client(base_url=url, timeout=30, trust_env=False) as client:
        deadline = time.monotonic() + MOST_SECONDS
        for number in range(MOST_REQUESTS // CLIENTS):
            if finished.wait(PAUSE) or time.monotonic() > deadline:
                break
            method, path, body = requests[number % len(requests)]
            try:
                answer = client.request(method, path, json=body) if body else client.request(method, path)
                found[f"{path} {answer.status_code}"] += 1
            except httpx2.TransportError as error:
                found[f"{path} {type(error).__name__}"] += 1
    return found
