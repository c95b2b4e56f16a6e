"""The kinds of jobs: a later layer inserts its own."""

from typing import Literal

JobKind = Literal[
    "ingest",
    "process",
    "fetch",
    "sync",
    "refresh",
    "quality",
]
"""`ingest`: read a document that was uploaded. `process`: read it again. `fetch`: fetch a page or file, and read it.
The others are tasks, which have no document of their own. `sync`: compare a source with the library. `refresh`: embed
what has no vector in the active space. `quality`: check the data."""
