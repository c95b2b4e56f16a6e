"""`python -m api.entrypoints.describe_evidence`: the features of the evidence for questions, as a rule is fitted to.

Reads a JSON object from each line of its input and answers each with one line:

    {"put": "tower.txt", "text": "…"}   stores a document, in the place of one of that name    {}
    {"remove": "tower.txt"}             removes it                                             {}
    {"question": "…"}                   searches and quotes, as /chat does                     {"rule", "features"}

The documents are kept in memory, so that no store is needed. `rule` is the name of the rule that judges the question.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from api.adapters.memory.library import MemoryLibrary
from api.capabilities.documents import document_ingestion
from api.capabilities.embeddings import embeddings
from api.config import Settings
from api.services.documents.ingestion import Ingest, Upload
from api.services.rag.answerability.confidence import evidence
from api.services.rag.asking.focus import focus
from api.services.rag.asking.spelling import corrected
from api.services.rag.quoting.quoter import Quoter, Quotes
from api.services.retrieval.reading import reads
from api.services.retrieval.reranking import SentenceReranker
from api.services.retrieval.search import Search, SearchService


class Evidence:
    """Answers the requests."""

    def __init__(self, library: MemoryLibrary, ingestion: Ingest, search: Search, quotes: Quotes, top_k: int) -> None:
        self.library = library
        self.ingestion = ingestion
        self.search = search
        self.quotes = quotes
        self.top_k = top_k
        self._ids: dict[str, UUID] = {}

    async def answer(self, request: Mapping[str, str]) -> Mapping[str, Any]:
        """The answer to one request."""
        if "put" in request:
            return await self._put(request["put"], request["text"])
        if "remove" in request:
            await self.library.remove(self._ids.pop(request["remove"]))
            return {}
        return await self._described(request["question"])

    async def _put(self, name: str, text: str) -> Mapping[str, Any]:
        upload = Upload(uuid4(), name, {}, self._ids.get(name))
        await self.ingestion.ingest(upload, text.encode())
        self._ids[name] = upload.id
        return {}

    async def _described(self, question: str) -> Mapping[str, Any]:
        asked = focus(question)
        found = await self.search.search(asked, self.top_k)
        asked = corrected(asked, found.hits)
        quotes = await self.quotes.quotes(asked, found.hits)
        described = evidence(asked, found.hits, quotes, found.reading)
        return {"rule": described.rule, "features": described.features} if described else {"rule": "", "features": {}}


async def describe(settings: Settings) -> None:
    library = MemoryLibrary()
    async with embeddings(settings) as embedder, document_ingestion(settings, embedder, library) as ingestion:
        search = SearchService(embedder, library, SentenceReranker(embedder), reads(settings.embedding_model))
        described = Evidence(library, ingestion, search, Quoter(embedder), settings.top_k)
        while line := await asyncio.to_thread(sys.stdin.readline):
            sys.stdout.write(json.dumps(await described.answer(json.loads(line))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(describe(Settings()))
