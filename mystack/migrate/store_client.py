"""One side of a migration: a layer's own process, which reads and writes its stores as it knows how to.

Both layers call their package `api`, so each runs in its own folder. It is asked over two pipes; what for and in which
words, the layer's `api/services/transfer/protocol.py` says.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from mystack.child import Child
from mystack.project import Layer, Refusal

ENTRIES = ("entrypoints.transfer_two_stores", "entrypoints.transfer_postgres")
PIPE_BYTES = 1 << 20  # a side reads ahead while the other writes
Head = dict[str, Any]


@dataclass(frozen=True)
class DocumentSummary:
    """A stored document. `imported`: a migration brought it there."""

    id: str
    filename: str
    sha256: str
    chunks: int
    imported: bool


class StoreClient:
    """A library to read from or to write to. `name` is how the report calls it."""

    def __init__(self, name: str, layer: Layer, env: Mapping[str, str], keep_open: Sequence[int] = ()) -> None:
        self.name = name
        self.layer = layer
        self._env = env
        self._keep_open = keep_open
        self._start()

    def _start(self) -> None:
        entry = next(
            entry for entry in ENTRIES if (self.layer.folder / "api" / f"{entry.replace(chr(46), chr(47))}.py").exists()
        )
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        for pipe in (ours_out, ours_in):
            with contextlib.suppress(AttributeError, OSError):  # Linux only, and only as far as it lets us
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._child = Child(
            self.name,
            [f"api.{entry}", str(theirs_in), str(theirs_out)],
            cwd=self.layer.folder,
            env=self._env,
            keep_open=[theirs_in, theirs_out, *self._keep_open],
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._out: IO[bytes] = os.fdopen(ours_out, "wb")
        self._in: IO[bytes] = os.fdopen(ours_in, "rb")

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._out.close()
        self._in.close()
        self._child.stop()

    def renew(self) -> None:
        """A new process: what it tells, it has read from the store, and does not remember from writing it."""
        with contextlib.suppress(BrokenPipeError):
            self._out.close()
        self._child.wait(15)
        self._in.close()
        self._child.stop()
        self._start()

    def ask(self, do: str, data: bytes = b"", **more: Any) -> Head:
        """One request, one answer. Refuses to go on when the side cannot do it."""
        self.begin(do, data, **more)
        return self.answer()

    def begin(self, do: str, data: bytes = b"", **more: Any) -> None:
        """One request, whose answer is waited for later, by `answer`."""
        self._send({"do": do, **more}, data)

    def answer(self) -> Head:
        """The answer to the oldest request that has had none."""
        return self._answer()[0]

    def request(self, do: str, ids: Sequence[str]) -> Iterator[tuple[str, Head, bytes]]:
        """Asked at once; the answers, one for each id and in their order, are read one by one."""
        self._send({"do": do, "ids": list(ids)}, b"")
        return ((id, *self._answer()) for id in ids)

    def summaries(self) -> dict[str, DocumentSummary]:
        return {row[0]: DocumentSummary(*row) for row in self.ask("list")["documents"]}

    def _send(self, request: Head, data: bytes) -> None:
        try:
            self._out.write(json.dumps(request | ({"bytes": len(data)} if data else {})).encode() + b"\n" + data)
            self._out.flush()
        except BrokenPipeError:
            pass  # its last answer says why

    def _answer(self) -> tuple[Head, bytes]:
        line = self._in.readline()
        if not line.endswith(b"\n"):
            raise Refusal(f"{self.name} ended unexpectedly; the messages above say why, and what is done stays done")
        head: Head = json.loads(line)
        if "error" in head:
            raise Refusal(f"{self.name}: {head['error']}")
        return head, self._in.read(head.get("bytes", 0))
