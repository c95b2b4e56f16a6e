"""A span around the check of an answer: the stage `verify`."""

from collections.abc import Sequence

from api.services.rag.checking.support import Evidence, SupportCheck, Verdict
from api.services.retrieval.search import Hit
from api.services.tracing import names
from api.services.tracing.tracer import Tracer, spanned


class TracedSupport:
    """The port `SupportCheck`. What is read and prepared while the model writes has no span of its own."""

    def __init__(self, support: SupportCheck, tracer: Tracer) -> None:
        self.inner = support
        self.tracer = tracer

    async def read(self, hits: Sequence[Hit]) -> Evidence:
        """See `SupportCheck`."""
        return await self.inner.read(hits)

    async def prepare(self, sentences: Sequence[str]) -> None:
        """See `SupportCheck`."""
        await self.inner.prepare(sentences)

    async def check(self, sentences: Sequence[str], evidence: Evidence) -> list[Verdict]:
        """See `SupportCheck`."""
        with spanned(self.tracer, names.VERIFY, {names.SENTENCES: len(sentences)}) as span:
            verdicts = await self.inner.check(sentences, evidence)
            kinds = [verdict.support for verdict in verdicts]
            span.set({names.SUPPORTED: kinds.count("supported"), names.UNSUPPORTED: kinds.count("unsupported")})
            return verdicts
