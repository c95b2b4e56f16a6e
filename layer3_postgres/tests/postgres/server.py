"""A PostgreSQL for one test, which may kill it."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from mystack import postgres
from mystack.child import Child
from mystack.datafolder import locked
from mystack.embedded import free_port
from tests.needs import as_service, made_ready


class Server:
    """The embedded PostgreSQL with its files in `folder`, at the same address after every start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = ""
        self.child: Child | None = None
        self.stack = ExitStack()

    def start(self, longest_file: int = resource.RLIM_INFINITY) -> None:
        """`longest_file`, in bytes: longer writes fail, as on a full disk."""
        lock = self.stack.enter_context(locked(self.folder))
        ours = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (longest_file, ours[1]))  # its processes inherit it
        try:
            url, self.child = postgres.launch(self.folder, lock, self.port)
            self.url = as_service(url)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, ours)

    def stop(self) -> None:
        if self.child:
            self.child.stop()
        self.stack.close()

    def kill(self) -> None:
        """SIGKILL for every process of PostgreSQL: a busy one would not notice the end of the first one."""
        processes = self.processes()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.stop()
        _, left = psutil.wait_procs(processes, timeout=20)
        assert left == []

    def processes(self) -> list[psutil.Process]:
        assert self.child is not None
        return list(psutil.Process(self.child.pid).children(recursive=True))

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """All of its processes are stopped, without a word to their clients."""
        processes = self.processes()
        for process in processes:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGCONT)


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """A running server with our schema; stopped at the end."""
    os.makedirs(folder, exist_ok=True)
    running = Server(folder)
    running.start()
    try:
        made_ready(running.url)
        yield running
    finally:
        running.stop()
