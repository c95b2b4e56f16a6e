"""The parser of the service: each document in a process of its own, under limits."""

import logging
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import anyio
import anyio.to_thread
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from api.adapters.parsing.frames import PREFIX, Header, decode_header, decode_reply, encode_request
from api.services.parsing.errors import ParserUnavailable
from api.services.parsing.parser import Ocr, OcrLimits, ParsedDocument, ParseLimits

LAYER_FOLDER = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "api.adapters.parsing.worker"]
INHERITED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ")
"""Environment variables of a parsing process: no keys, because it reads hostile documents."""
ONE_ARENA = {"MALLOC_ARENA_MAX": "1"}
"""With more, glibc reserves 64 MB for another thread if they happen to lie aligned. In one of 40 workers, too little of
the memory limit was left then for the tables of a PDF."""
START_SECONDS = 60.0
"""Added to the time limit, which the worker enforces itself: for a worker that is still starting, or that hangs."""

GONE = (
    TimeoutError,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    anyio.IncompleteRead,
)
"""The errors of anyio for a process that does not respond."""

logger = logging.getLogger("mystack.parsing")


class SandboxParser:
    """The port `DocumentParser`, with `processes` workers; further documents wait. A context manager.

    With `ocr`, documents with scans are then read by another worker, one at a time: that takes minutes and a GB, and
    must not make other documents wait.

    Every document is read by a fresh process. It is killed when it exceeds a limit, when the caller is cancelled, and
    when the service ends for any reason: its pipe closes then. The thread that starts a worker may end before it.
    """

    def __init__(self, limits: ParseLimits | None = None, processes: int = 2, ocr: OcrLimits | None = None) -> None:
        self._limits = replace(limits or ParseLimits(), **_ocr(ocr))
        self._workers = [_Worker() for _ in range(processes)]
        self._idle = list(self._workers)
        self._slots = anyio.Semaphore(processes)
        self._ocr = ocr
        self._recogniser = _Worker()
        self._recognising = anyio.Lock()

    async def __aenter__(self) -> Self:
        """Start the workers, without waiting for them to be ready."""
        for worker in self._workers:
            await worker.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            for worker in (*self._workers, self._recogniser):
                await worker.kill()

    async def parse(self, data: bytes, filename: str) -> ParsedDocument:
        """See `DocumentParser`."""
        limits = self._limits.for_document(data)
        header, body = await self._first(data, filename, limits)
        if self._ocr and "scans" in header:
            async with self._recognising:
                limits = self._ocr.of_document(limits, int(header["scans"]))
                header, body = await self._recogniser.request(data, filename, limits)
        if header.get("fault"):
            logger.warning("The parser failed on a document of %d bytes: %s", len(data), header["fault"])
        return await anyio.to_thread.run_sync(decode_reply, header, body)

    async def _first(self, data: bytes, filename: str, limits: ParseLimits) -> tuple[Header, bytes]:
        """The reply of a worker, after those before it in the queue."""
        async with self._slots:
            worker = self._idle.pop()
            try:
                return await worker.request(data, filename, limits)
            finally:
                self._idle.append(worker)


def _ocr(ocr: OcrLimits | None) -> dict[str, Any]:
    if ocr is None:
        return {}
    return {"ocr": Ocr.LATER, "ocr_pages": ocr.pages, "ocr_seconds": ocr.seconds, "ocr_pixels": ocr.pixels}


class _Worker:
    """A process that runs `worker.py`, restarted after it was killed."""

    def __init__(self) -> None:
        self._process: Process | None = None

    async def start(self) -> Process:
        if self._process is None:
            environment = ONE_ARENA | {name: os.environ[name] for name in INHERITED if name in os.environ}
            self._process = await anyio.open_process(
                COMMAND, cwd=LAYER_FOLDER, env=environment, stderr=None, start_new_session=True
            )
        return self._process

    async def request(self, data: bytes, filename: str, limits: ParseLimits) -> tuple[Header, bytes]:
        """Header and body of the reply. A worker that does not reply, for any reason, is killed."""
        replied = False
        try:
            with anyio.fail_after(limits.seconds + START_SECONDS):
                reply = await self._exchange(encode_request(filename, limits, len(data)), data)
                replied = True
                return reply
        except GONE as error:
            raise ParserUnavailable() from error
        finally:
            if not replied:
                with anyio.CancelScope(shield=True):
                    await self.kill()

    async def _exchange(self, request: bytes, data: bytes) -> tuple[Header, bytes]:
        process = await self.start()
        if process.stdin is None or process.stdout is None:
            raise anyio.BrokenResourceError
        await process.stdin.send(request)
        await process.stdin.send(data)
        replies = BufferedByteReceiveStream(process.stdout)
        header_size, body_size = PREFIX.unpack(await replies.receive_exactly(PREFIX.size))
        header = decode_header(await replies.receive_exactly(header_size))
        return header, await replies.receive_exactly(body_size)

    async def kill(self) -> None:
        """Kill the worker and its child, which share a process group."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        await process.aclose()
