"""Search behind the question queue."""

from collections.abc import Sequence
from uuid import UUID

from api.services.retrieval.search import Filters, Found, Mode, Search
from api.services.serving.queue import QuestionQueue


class AdmittedSearch:
    """The port `Search`: each search of `inner` waits for its turn in the queue.

    Every way in takes this one. A caller that is in its turn already, such as `RagChat`, takes `inner` itself.
    """

    def __init__(self, inner: Search, queue: QuestionQueue) -> None:
        self.inner = inner
        self.queue = queue

    async def search(
        self,
        question: str,
        top_k: int,
        mode: Mode = "hybrid",
        filters: Filters | None = None,
        document_ids: Sequence[UUID] | None = None,
    ) -> Found:
        """See `Search`. Raises `Overloaded`, too."""
        async with self.queue.turn():
            return await self.inner.search(question, top_k, mode, filters, document_ids)
