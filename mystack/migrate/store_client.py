"""A client of a layer's own transfer process, which reads and writes the layer's stores.

All layers call their package `api`, so each process runs in its layer's folder. The client talks to it over two pipes;
the messages are described in the layer's `api/services/transfer/protocol.py`.
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

ENTRY_POINTS = ("transfer_two_stores", "transfer_postgres")
PIPE_BYTES = 1 << 20  # the source reads ahead while the target writes
Head = dict[str, Any]


@dataclass(frozen=True)
class DocumentSummary:
    """A stored document. `imported`: a migration brought it."""

    id: str
    filename: str
    sha256: str
    chunks: int
    imported: bool


class StoreClient:
    """The stores of one layer, to read from or to write to. `name` is their name in the report."""

    def __init__(self, name: str, layer: Layer, env: Mapping[str, str], keep_open: Sequence[int] = ()) -> None:
        self.name = name
        self.layer = layer
        self._env = env
        self._keep_open = keep_open
        self._start()

    def _start(self) -> None:
        folder = self.layer.folder / "api" / "entrypoints"
        entry_point = next(name for name in ENTRY_POINTS if (folder / f"{name}.py").exists())
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        for pipe in (ours_out, ours_in):
            with contextlib.suppress(AttributeError, OSError):  # Linux only, and only up to the system's limit
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self._child = Child(
            self.name,
            [f"api.entrypoints.{entry_point}", str(theirs_in), str(theirs_out)],
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

    def restart(self) -> None:
        """Start a new process, whose answers come from the store and not from what it has in memory."""
        with contextlib.suppress(BrokenPipeError):
            self._out.close()
        self._child.wait(15)
        self._in.close()
        self._child.stop()
        self._start()

    def call(self, do: str, data: bytes = b"", **more: Any) -> Head:
        """Send a request and return its answer. Refuses to continue when the process reports an error."""
        self.send(do, data, **more)
        return self.receive()

    def send(self, do: str, data: bytes = b"", **more: Any) -> None:
        """Send a request; `receive` returns its answer later."""
        self._write({"do": do, **more}, data)

    def receive(self) -> Head:
        """The answer to the oldest request that has none yet."""
        return self._read()[0]

    def call_each(self, do: str, ids: Sequence[str]) -> Iterator[tuple[str, Head, bytes]]:
        """Send one request for all ids; yields the answers one by one, in the order of the ids."""
        self._write({"do": do, "ids": list(ids)}, b"")
        return ((id, *self._read()) for id in ids)

    def samples(self, chunks: Mapping[str, Sequence[int]]) -> Iterator[tuple[str, Head, bytes]]:
        """Text and dense vector of chunks, given by document id and index; yields (document id, head, vector)."""
        self._write({"do": "sample", "chunks": chunks}, b"")
        return ((id, *self._read()) for id, indices in chunks.items() for _ in indices)

    def summaries(self) -> dict[str, DocumentSummary]:
        """The stored documents, by id."""
        return {row[0]: DocumentSummary(*row) for row in self.call("list")["documents"]}

    def _write(self, request: Head, data: bytes) -> None:
        try:
            self._out.write(json.dumps(request | ({"bytes": len(data)} if data else {})).encode() + b"\n" + data)
            self._out.flush()
        except BrokenPipeError:
            pass  # its last answer says why

    def _read(self) -> tuple[Head, bytes]:
        line = self._in.readline()
        if not line.endswith(b"\n"):
            raise Refusal(f"{self.name} ended unexpectedly; the messages above say why. Copied documents are kept")
        head: Head = json.loads(line)
        if "error" in head:
            raise Refusal(f"{self.name}: {head['error']}")
        return head, self._in.read(head.get("bytes", 0))
