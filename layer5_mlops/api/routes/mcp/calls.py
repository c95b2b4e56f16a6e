"""What the MCP tools do: one service method each."""

from starlette.requests import Request

from api.http.links import document_url
from api.routes import cursors
from api.schemas.mcp import (
    AskArguments,
    AskResult,
    ClaimResult,
    DocumentResult,
    FetchArguments,
    FetchResult,
    ListArguments,
    ListResult,
    PassageId,
    PassageResult,
    SearchArguments,
    SearchResult,
    SourceResult,
)
from api.services.chat.turn import Answer, Chat, Source, Turn, answer_of
from api.services.documents.service import DocumentService
from api.services.documents.store import Document
from api.services.retrieval.search import Hit, Search

FETCHED_CHARACTERS = 20_000
"""Longest text of one call of `fetch`: about 5,000 tokens."""
BEFORE_PASSAGE = 4_000
"""Characters that `fetch` returns before a passage."""
PAGE = 50
"""Documents in a list."""


async def search(request: Request, arguments: SearchArguments) -> SearchResult:
    service: Search = request.state.search
    found = await service.search(
        arguments.query,
        arguments.top_k,
        filters=arguments.filters or None,
        document_ids=[id.document for id in arguments.document_ids] or None,
    )
    return SearchResult(results=[_passage(request, hit) for hit in found.hits])


async def fetch(request: Request, arguments: FetchArguments) -> FetchResult:
    """At most `FETCHED_CHARACTERS`, from `start`, or else from a little before the passage."""
    service: DocumentService = request.state.documents
    id = arguments.id
    document = await service.get(id.document)
    start = max(0, id.start - BEFORE_PASSAGE) if arguments.start is None else arguments.start
    part = await service.text(id.document, start, start + FETCHED_CHARACTERS)
    offsets = {
        "start": part.start,
        "end": part.end,
        "length": part.length,
        "next_start": part.end if part.end < part.length else None,
    }
    return FetchResult(
        id=str(id),
        title=document.filename,
        url=document_url(str(request.base_url), id.document, id.start, id.end),
        text=part.text,
        metadata=dict(document.metadata) | _facts(document) | offsets,
    )


async def ask(request: Request, arguments: AskArguments) -> AskResult:
    service: Chat = request.state.chat
    turn = Turn(
        message=arguments.question,
        request_id=request.scope["request_id"],
        use_rag=True,
        top_k=arguments.top_k,
        filters=arguments.filters or None,
        document_ids=[id.document for id in arguments.document_ids] or None,
    )
    answer = await answer_of(service.stream(turn))
    return AskResult(
        answer=answer.response,
        grounded=answer.grounded,
        claims=_claims(answer),
        sources=[_source(request, source) for source in answer.sources],
        refusal=answer.refusal,
        nearest=[_source(request, passage) for passage in answer.nearest],
        notice=answer.notice,
    )


async def list_documents(request: Request, arguments: ListArguments) -> ListResult:
    documents, next_cursor = await page_of_documents(request, arguments.cursor)
    return ListResult(documents=[_document(request, document) for document in documents], next_cursor=next_cursor)


async def page_of_documents(request: Request, cursor: str | None) -> tuple[list[Document], str | None]:
    """A page of documents, and the cursor of the next one."""
    service: DocumentService = request.state.documents
    documents = await service.list(PAGE + 1, cursors.decode_position(cursor or ""), None)
    page = documents[:PAGE]
    last = page[-1] if len(documents) > PAGE else None
    return page, cursors.encode_position(last.created_at, last.id) if last else None


def _passage(request: Request, hit: Hit) -> PassageResult:
    return PassageResult(
        id=str(PassageId(hit.document_id, hit.start, hit.end)),
        title=hit.filename,
        url=document_url(str(request.base_url), hit.document_id, hit.start, hit.end),
        text=hit.complete,
    )


def _claims(answer: Answer) -> list[ClaimResult]:
    return [
        ClaimResult(text=answer.response[claim.start : claim.end], support=claim.support, sources=claim.sources)
        for claim in answer.claims
    ]


def _source(request: Request, source: Source) -> SourceResult:
    return SourceResult(
        marker=source.marker,
        id=str(PassageId(source.document_id, source.start, source.end)),
        title=source.filename,
        url=document_url(str(request.base_url), source.document_id, source.start, source.end),
        quote=source.quote,
    )


def _document(request: Request, document: Document) -> DocumentResult:
    return DocumentResult(
        id=str(document.id),
        title=document.filename,
        url=document_url(str(request.base_url), document.id),
        pages=document.pages,
        created_at=document.created_at.isoformat(),
        metadata=dict(document.metadata),
    )


def _facts(document: Document) -> dict[str, str | int | None]:
    return {
        "content_type": document.content_type,
        "pages": document.pages,
        "created_at": document.created_at.isoformat(),
    }
