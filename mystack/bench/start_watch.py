"""One start, observed from outside: by its output, its health endpoints, and its first answer."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2

from mystack.project import Refusal

SECONDS = 1800.0
"""Longest wait for a stage: pip may download gigabytes."""
STOP_SECONDS = 30.0
DOCUMENT = ("harbour.txt", b"The harbour office opens at eight and closes at four.\n")
QUESTION = {"message": "When does the harbour office open?"}

INSTALLING, STARTING, SERVICES = "updating pip", "Starting layer", " answers"
STAGES = (
    "environment (venv)",
    "dependencies (pip)",
    "databases",
    "the layer answers (/health/live)",
    "the model is ready (/health/ready)",
    "the first cited answer",
)


class Watch:
    """Records when the program printed each line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.begun = time.monotonic()
        self.lines: list[tuple[float, str]] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def printed(self, words: str) -> float | None:
        """When the program first printed these words."""
        return next((moment for moment, line in list(self.lines) if words in line), None)

    def wait(self, condition: Callable[[], bool], what: str) -> float:
        """The time at which the condition holds. Refuses a timeout, and a program that ends before."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                last = "".join(line for _, line in self.lines[-5:]).strip()
                raise Refusal(f"the start did not reach the stage {what!r}: {last or 'it printed nothing'}")
            time.sleep(0.02)
        return time.monotonic()

    def close(self) -> None:
        """Close the pipe; the program must have ended."""
        self._listener.join(STOP_SECONDS)
        if self.process.stdout:
            self.process.stdout.close()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append((time.monotonic(), line))


def watched(command: Sequence[str], folder: Path, environment: Mapping[str, str], url: str) -> Mapping[str, float]:
    """Start the program, ask a question, and stop it; returns the seconds of each stage."""
    with (
        started(command, folder, environment) as watch,
        httpx2.Client(base_url=url, timeout=60, trust_env=False) as http,
    ):
        watch.wait(lambda: watch.printed(STARTING) is not None, STAGES[1])
        live = watch.wait(lambda: answers(http, "/health/live"), STAGES[3])
        ready = watch.wait(lambda: answers(http, "/health/ready"), STAGES[4])
        ask(http)
        answered = time.monotonic()
        starting = watch.printed(STARTING) or watch.begun
        installing = watch.printed(INSTALLING) or starting  # nothing was installed
        services = watch.printed(SERVICES) or starting
        moments = [watch.begun, installing, starting, min(services, live), live, ready, answered]
    return {name: end - begin for name, begin, end in zip(STAGES, moments, moments[1:], strict=False)}


@contextmanager
def started(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Watch]:
    """The program in a process group of its own, stopped at the end as by Ctrl-C."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    watch = Watch(process)
    try:
        yield watch
    finally:
        for number in (signal.SIGINT, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
        watch.close()


def answers(http: httpx2.Client, path: str) -> bool:
    """Whether the status is 200. Waits while the port is bound and not served yet."""
    try:
        return http.get(path).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


def ask(http: httpx2.Client) -> None:
    """Upload a document, if the layer stores documents, and ask about it. Refuses an answer without a citation."""
    upload = http.post("/documents/upload", files={"file": DOCUMENT})
    stores = upload.status_code != httpx2.codes.NOT_FOUND
    answer = http.post("/chat", json=QUESTION)
    if answer.is_error or (stores and not answer.json()["sources"]):
        raise Refusal(f"the question was not answered: {answer.text[:300]}")
