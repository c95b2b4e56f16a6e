"""Spans around jobs and their stages. A job continues the trace of the request that started it, and is linked to it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from api.services.documents.store import Document, DocumentStore, NewDocument, StoreUnavailable
from api.services.jobs.jobs import Claim, Fenced, MoreToDo
from api.services.jobs.worker import Handler
from api.services.parsing.parser import DocumentParser, ParsedDocument
from api.services.serving.noted import note_here
from api.services.tracing import names
from api.services.tracing.tracer import Attributes, Tracer, spanned

Origin = Callable[[UUID], Awaitable[str | None]]
"""The `traceparent` that a job was stored with. Raises `StoreUnavailable`."""


class TracedHandler:
    """A `Handler` with a span around each job."""

    def __init__(self, handler: Handler, tracer: Tracer, origin: Origin) -> None:
        self.handler = handler
        self.tracer = tracer
        self.origin = origin

    async def __call__(self, claim: Claim) -> UUID | None:
        """See `Handler`. A job that is continued later, or has become another worker's, has not failed."""
        given: Attributes = {
            names.MESSAGING_OPERATION: names.PROCESS,
            names.JOB: str(claim.id),
            names.JOB_KIND: claim.kind,
            names.ATTEMPT: claim.attempts,
            names.LOSSES: claim.losses,
        }
        origin = await self._origin(claim.id)
        span = self.tracer.start(f"{names.PROCESS} {claim.kind}", given, kind="consumer", origin=origin)
        failed: BaseException | None = None
        try:
            with span.current():
                self._note()
                document_id = await self.handler(claim)
            span.set({names.DOCUMENT: str(document_id) if document_id else None})
            return document_id
        except (Fenced, MoreToDo):
            raise
        except BaseException as error:
            failed = error
            raise
        finally:
            span.end(failed)

    def _note(self) -> None:
        """The worker reports an error when the span has ended, and its line names the trace all the same."""
        if traceparent := self.tracer.traceparent():
            _, trace_id, span_id, _ = traceparent.split("-")
            note_here(trace_id=trace_id, span_id=span_id)

    async def _origin(self, job_id: UUID) -> str | None:
        try:
            return await self.origin(job_id)
        except StoreUnavailable:
            return None  # the job matters more than its trace


class TracedParser:
    """The port `DocumentParser`."""

    def __init__(self, parser: DocumentParser, tracer: Tracer) -> None:
        self.inner = parser
        self.tracer = tracer

    async def parse(self, data: bytes, filename: str) -> ParsedDocument:
        """See `DocumentParser`."""
        with spanned(self.tracer, names.PARSE, {names.BYTES: len(data)}):
            return await self.inner.parse(data, filename)


class TracedStore:
    """The port `DocumentStore`."""

    def __init__(self, store: DocumentStore, tracer: Tracer) -> None:
        self.inner = store
        self.tracer = tracer

    async def publish(self, new: NewDocument, replaces: UUID | None) -> Document:
        """See `DocumentStore`."""
        with spanned(self.tracer, names.STORE, {names.CHUNKS: new.document.chunks}):
            return await self.inner.publish(new, replaces)

    async def remove(self, document_id: UUID) -> None:
        """See `DocumentStore`."""
        await self.inner.remove(document_id)
