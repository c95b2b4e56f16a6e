"""The process beside the service in which documents are parsed: `python -m api.adapters.parsing.worker`.

It loads the parsing libraries once, then forks for every document, so a document costs a fork (milliseconds)
instead of a start (most of a second), and still meets a process that has seen no other document. Forking is
safe here, and only here: this process has one thread and never parses anything itself.

    service ── request ──> supervisor ── fork ──> child: limits on itself, parse, reply, gone
            <── reply ────            <── reply ──

The supervisor kills the child at the time limit, or when the service goes away (its end of the pipe closes).
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
from typing import NoReturn

from api.adapters.parsing.frames import PREFIX, encode_document, encode_error, is_complete
from api.adapters.parsing.process_limits import die_with_parent, limit_process
from api.errors import MyStackError
from api.services.parsing.errors import DocumentBomb, UnreadableDocument
from api.services.parsing.parser import ParseLimits

REQUESTS, REPLIES = 0, 1
PIPE_BYTES = 1 << 20
FORMATS = "api.adapters.parsing.formats"
MEGABYTE = 1024**2
OUT_OF_BOUNDS = (signal.SIGKILL, signal.SIGXCPU, signal.SIGABRT, 0)
"""How a child ends that exceeds a limit: killed, or given up by a library that gets no memory, or at a loss for the
memory to say so."""


def main() -> None:
    """Answer requests until the service closes the pipe."""
    die_with_parent()
    if sys.platform == "linux":  # elsewhere a library may not survive a fork after it was loaded
        importlib.import_module(FORMATS)
    gc.freeze()  # children then share these objects' memory
    while prefix := _read(PREFIX.size):
        header_size, body_size = PREFIX.unpack(prefix)
        header = json.loads(_read(header_size))
        _write(REPLIES, _reply(_read(body_size), header["filename"], ParseLimits(**header["limits"])))


def _reply(data: bytes, filename: str, limits: ParseLimits) -> bytes:
    """Fork, and wait for the child's answer or its end."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _parse_and_exit(data, filename, limits, writer)
    os.close(writer)
    frame = None
    try:
        frame = _collect(reader, time.monotonic() + limits.seconds)
    except TimeoutError:
        return encode_error(DocumentBomb(f"Reading the document took longer than {limits.seconds:g} seconds."))
    finally:
        os.close(reader)
        if frame is None or is_complete(frame):  # out of time, or has said all; else it is dying, and we ask of what
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    return frame if is_complete(frame) else encode_error(_died(status))


def _collect(reader: int, deadline: float) -> bytes:
    """All that the child writes. Raises `TimeoutError`, or `SystemExit` when the service goes away meanwhile."""
    frame = bytearray()
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([reader, REQUESTS], [], [], left)
        if REQUESTS in ready:  # a request is under way, so there is nothing to read but the end
            sys.exit(0)
        if reader in ready:
            piece = os.read(reader, PIPE_BYTES)
            if not piece:
                return bytes(frame)
            frame += piece
    raise TimeoutError


def _died(status: int) -> MyStackError:
    """The child ended without an answer: by a limit of the system's, or by a crash in a library."""
    if -os.waitstatus_to_exitcode(status) in OUT_OF_BOUNDS:
        return DocumentBomb("Reading the document took more time or memory than it may.")
    return UnreadableDocument("The document is damaged in a way that makes its parser crash.")


def _parse_and_exit(data: bytes, filename: str, limits: ParseLimits, writer: int) -> NoReturn:
    """The child: parse under limits, answer, and leave without running anything of the supervisor's."""
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, REQUESTS)
        os.dup2(nowhere, REPLIES)
        die_with_parent()
        limit_process(limits)
        _write(writer, _parsed(data, filename, limits))
    finally:
        os._exit(0)


def _parsed(data: bytes, filename: str, limits: ParseLimits) -> bytes:
    try:
        return encode_document(importlib.import_module(FORMATS).parse_document(data, filename, limits))
    except MyStackError as error:
        return encode_error(error)
    except MemoryError:
        megabytes = limits.memory_bytes // MEGABYTE
        return encode_error(DocumentBomb(f"Reading the document takes more than {megabytes:,} MB of memory."))
    except RecursionError:
        return encode_error(DocumentBomb("The document is nested too deeply."))
    except Exception:  # noqa: BLE001 - the edge of a process made for failing: libraries raise anything on hostile input
        damaged = UnreadableDocument("The document is damaged: its parser does not understand it.")
        return encode_error(damaged, fault=traceback.format_exc(limit=-8))


def _read(size: int) -> bytes:
    """Exactly `size` bytes of the request; b"" or an early end when the service has gone."""
    parts = io.BytesIO()  # its value is no second copy
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
