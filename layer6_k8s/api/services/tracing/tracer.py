"""The port to traces: what happened in which order, and how long each step took.

A span is one step. Spans that are started while another one is current are its children. Services know this port only,
so that they can be read without knowing OpenTelemetry, and tested without it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol

Value = str | bool | int | float | Sequence[str]
Attributes = Mapping[str, Value | None]
"""None says nothing and is left out."""
Kind = Literal["internal", "client", "consumer"]


class Span(Protocol):
    """One step. `end` has to be called; everything else is optional."""

    def set(self, attributes: Attributes) -> None: ...

    def rename(self, name: str) -> None: ...

    def show(self, name: str, content: Callable[[], str]) -> None:
        """Record a text of a user, a model or a document: only with TRACE_CONTENT; else it is not even built."""
        ...

    def current(self) -> AbstractContextManager[object]:
        """Inside, spans that are started are children of this one. Inside an async generator, do not yield in it."""
        ...

    def end(self, error: BaseException | None = None) -> None:
        """The step has ended, by `error` if there is one."""
        ...


class Tracer(Protocol):
    """Starts spans. Nothing here raises, waits or fills memory without bound, whatever the receiver of spans does."""

    def start(self, name: str, attributes: Attributes, *, kind: Kind = "internal", origin: str | None = None) -> Span:
        """A child of the current span. `origin`: a `traceparent` that the span continues, and is linked to, instead."""
        ...

    def traceparent(self) -> str | None:
        """The current span in the form of W3C Trace Context, for another process; None if there is none."""
        ...


@contextmanager
def spanned(
    tracer: Tracer, name: str, attributes: Attributes, *, kind: Kind = "internal", origin: str | None = None
) -> Iterator[Span]:
    """A span around the block, current in it."""
    span = tracer.start(name, attributes, kind=kind, origin=origin)
    try:
        with span.current():
            yield span
    except BaseException as error:
        span.end(error)
        raise
    span.end()
