"""The process in which documents are parsed: `python -m api.adapters.parsing.worker`.

It loads the parsing libraries once and then forks for every document. So a document costs a fork (milliseconds) instead
of a start (most of a second), and is still read by a process that has seen no other document. Forking is safe in this
process, because it has one thread and parses nothing itself.

    service ── request ──> supervisor ── fork ──> child: limits itself, parses, replies, exits
            <── reply ────            <── reply ──

The supervisor kills the child at the time limit. It ends, with its child, when the service closes the pipe or ends for
any reason. It does not depend on the thread that started it, which may end before the service does.
"""

import gc
import importlib
import io
import json
import os
import select
import signal
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn

from api.adapters.parsing.frames import PREFIX, encode_document, encode_error, encode_scans, is_complete
from api.adapters.parsing.ocr.offer import ScansFound
from api.adapters.parsing.process_limits import die_with_parent, limit_process
from api.errors import MyStackError
from api.services.parsing.errors import DocumentBomb, UnreadableDocument
from api.services.parsing.parser import Ocr, ParseLimits

REQUESTS, REPLIES = 0, 1
PIPE_BYTES = 1 << 20
FORMATS = "api.adapters.parsing.formats"
MEGABYTE = 1024**2
PDF_MARK, PDF_MARK_WITHIN = b"%PDF-", 1024
RESERVE = 1 / 3
"""Share of the processor time that is kept for reading a PDF without its tables."""
OUT_OF_BOUNDS = (signal.SIGKILL, signal.SIGXCPU, signal.SIGABRT, 0)
"""Ends of a child that exceeds a limit: killed, aborted inside a library that could not allocate, or exited without a
reply because there was no memory left to build one."""


def main() -> None:
    """Reply to requests until the service closes the pipe or ends."""
    if sys.platform == "linux":  # elsewhere some libraries break when a process forks after loading them
        importlib.import_module(FORMATS)
    gc.freeze()  # children share the memory of these objects
    with suppress(BrokenPipeError):  # the service has ended
        while prefix := _read(PREFIX.size):
            header_size, body_size = PREFIX.unpack(prefix)
            header = json.loads(_read(header_size))
            _write(REPLIES, _reply(_read(body_size), header["filename"], _limits(header["limits"])))


def _limits(sent: dict[str, Any]) -> ParseLimits:
    return ParseLimits(**sent | {"ocr": Ocr(sent["ocr"])})


def _reply(data: bytes, filename: str, limits: ParseLimits) -> bytes:
    """The reply of a child. One that crashes on the tables of a PDF, or spends most of the time on them, is followed by
    one that does not look for them.

    That time is the processor's, so that the same document is read alike on a busy machine.
    """
    deadline = time.monotonic() + limits.seconds
    if limits.tables and PDF_MARK in data[:PDF_MARK_WITHIN]:
        share = 1.0 if limits.ocr is Ocr.NOW else 1 - RESERVE  # OCR takes its time before tables do
        frame, _ = _run(data, filename, limits, deadline, share)
        if is_complete(frame):
            return frame
        limits = replace(limits, tables=False)
        deadline = max(deadline, time.monotonic() + limits.seconds * RESERVE)
    frame, status = _run(data, filename, limits, deadline)
    if is_complete(frame):
        return frame
    if status is None:
        return encode_error(DocumentBomb(f"Reading the document took longer than {limits.seconds:g} seconds."))
    return encode_error(_reason(status))


def _run(
    data: bytes, filename: str, limits: ParseLimits, deadline: float, share: float = 1.0
) -> tuple[bytes, int | None]:
    """Fork, and wait for the child's reply or its end. The status is None if it ran until the deadline.

    `share`: of the processor time that the limits allow.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _parse_and_exit(data, filename, limits, writer, share)
    os.close(writer)
    frame = None
    try:
        frame = _collect(reader, deadline)
    except TimeoutError:
        return b"", None
    finally:
        os.close(reader)
        if frame is None or is_complete(frame):  # timed out or done; otherwise it is ending, and its status says why
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    return frame, status


def _collect(reader: int, deadline: float) -> bytes:
    """Everything that the child writes. Raises `TimeoutError`, or `SystemExit` when the service ends meanwhile."""
    frame = bytearray()
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([reader, REQUESTS], [], [], left)
        if REQUESTS in ready:  # the request was read completely, so this is the end of the pipe
            sys.exit(0)
        if reader in ready:
            piece = os.read(reader, PIPE_BYTES)
            if not piece:
                return bytes(frame)
            frame += piece
    raise TimeoutError


def _reason(status: int) -> MyStackError:
    """Why the child ended without a reply: a limit of the system, or a crash in a library."""
    if -os.waitstatus_to_exitcode(status) in OUT_OF_BOUNDS:
        return DocumentBomb("Reading the document took more time or memory than the limit allows.")
    return UnreadableDocument("The document is damaged: it makes its parser crash.")


def _parse_and_exit(data: bytes, filename: str, limits: ParseLimits, writer: int, share: float) -> NoReturn:
    """The child: parse under limits, reply, and exit without running any code of the supervisor."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, REQUESTS)
        os.dup2(null, REPLIES)
        die_with_parent()
        limit_process(replace(limits, seconds=limits.seconds * share))
        _write(writer, _parsed(data, filename, limits))
    finally:
        os._exit(0)


def _parsed(data: bytes, filename: str, limits: ParseLimits) -> bytes:
    try:
        return encode_document(importlib.import_module(FORMATS).parse_document(data, filename, limits))
    except ScansFound as found:
        return encode_scans(found.pages)
    except MyStackError as error:
        return encode_error(error)
    except MemoryError:
        if limits.tables and PDF_MARK in data[:PDF_MARK_WITHIN]:
            return _parsed(data, filename, replace(limits, tables=False))
        megabytes = limits.memory_bytes // MEGABYTE
        return encode_error(DocumentBomb(f"Reading the document takes more than {megabytes:,} MB of memory."))
    except RecursionError:
        return encode_error(DocumentBomb("The document is nested too deeply."))
    except Exception:  # noqa: BLE001 - the edge of a process that may fail: libraries raise any error on hostile input
        damaged = UnreadableDocument("The document is damaged: its parser cannot read it.")
        return encode_error(damaged, fault=traceback.format_exc(limit=-8))


def _read(size: int) -> bytes:
    """Exactly `size` bytes of the request; b"" at the end of the pipe. Exits when the request is incomplete."""
    parts = io.BytesIO()  # returns its value without a copy
    while parts.tell() < size and (piece := os.read(REQUESTS, min(size - parts.tell(), PIPE_BYTES))):
        parts.write(piece)
    if 0 < parts.tell() < size:
        sys.exit(0)
    return parts.getvalue()


def _write(pipe: int, frame: bytes) -> None:
    view = memoryview(frame)
    while view:
        view = view[os.write(pipe, view) :]


if __name__ == "__main__":
    main()
