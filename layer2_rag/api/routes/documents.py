"""Upload, list, read and delete documents."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Path, Query, Request, Response, UploadFile

from api.http.spooling import SpoolingRoute
from api.routes import cursors
from api.routes.cursors import Cursor, Limit
from api.schemas import examples
from api.schemas.documents import (
    UPLOADED,
    ChunkList,
    ChunkResponse,
    DocumentList,
    DocumentResponse,
    DocumentText,
    GuidesResponse,
    HeadingResponse,
    InForm,
    MetadataJson,
    SpanResponse,
    TableResponse,
    UploadResponse,
)
from api.schemas.problem import problems
from api.schemas.text import Text
from api.services.documents.guides import GuideService
from api.services.documents.ingestion import Uploaded
from api.services.documents.service import DocumentService
from api.services.parsing.supported import FORMATS

router = APIRouter(prefix="/documents", tags=["documents"], route_class=SpoolingRoute)

DocumentId = Annotated[
    UUID, Path(description="The document's `id`, from its upload or from the list.", examples=[examples.ID])
]

MAX_OFFSET = 2**31
"""Larger than any text."""

LIST = problems(400, 422, 503, body=False)
ONE = problems(404, 503, body=False)
UPLOAD: dict[int | str, dict[str, Any]] = {**UPLOADED, **problems(404, 415, 503, 507)}
BINARY = {"format": "binary"}  # how OpenAPI 3.0 marks a file; importers still expect it
FORM: dict[str, Any] = {
    "requestBody": {
        "content": {"multipart/form-data": {"example": {"file": "handbook.pdf", "metadata": '{"team": "support"}'}}}
    }
}


@router.post("/upload", status_code=201, summary="Upload a document", responses=UPLOAD, openapi_extra=FORM)
@router.post(
    "",
    status_code=201,
    summary="Upload a document (alias)",
    operation_id="upload_document_alias",
    responses=UPLOAD,
    openapi_extra=FORM,
)
async def upload_document(
    request: Request,
    response: Response,
    file: Annotated[UploadFile, File(description=f"{FORMATS}.", json_schema_extra=BINARY)],
    metadata: Annotated[MetadataJson | None, InForm(), Form()] = None,
    replaces: Annotated[UUID | None, InForm(), Form(description="The id of the document to replace.")] = None,
) -> UploadResponse:
    """Responds when the document can be searched and quoted: 201, or 200 if the same bytes were stored already.

    The format is detected by the content, not by the name. With `replaces`, the old version is found until the new one
    is ready, and is then deleted at once.
    """
    service: DocumentService = request.state.documents
    answer = _uploaded(await service.upload(file, file.filename or "", metadata or {}, replaces))
    response.status_code = answer.http_status
    return answer


@router.post("/guides", summary="Upload this project's own guides", responses=problems(404, 503, body=False))
async def load_guides(request: Request) -> GuidesResponse:
    """Documents for an empty installation; `duplicate` marks the guides that were stored already.

    The guides are uploaded one after the other, and each is listed as soon as it is ready.
    """
    service: GuideService = request.state.guides
    return GuidesResponse(documents=[_uploaded(uploaded) for uploaded in await service.load()])


@router.get("/list", summary="The documents, newest first", responses=LIST)
@router.get(
    "",
    summary="The documents, newest first (alias)",
    operation_id="list_documents_alias",
    responses=LIST,
)
async def list_documents(
    request: Request,
    limit: Limit = 50,
    cursor: Cursor = "",
    filename: Annotated[Text, Query(max_length=300, description="Part of the file name.", examples=[""])] = "",
) -> DocumentList:
    """Pass `next_cursor` as `cursor` to get the next page; it is null on the last page."""
    service: DocumentService = request.state.documents
    documents = await service.list(limit + 1, cursors.decode_position(cursor), filename or None)
    page = documents[:limit]
    last = page[-1] if len(documents) > limit else None
    return DocumentList(
        documents=[DocumentResponse.model_validate(document) for document in page],
        next_cursor=cursors.encode_position(last.created_at, last.id) if last else None,
    )


@router.get("/{document_id:uuid}", summary="One document", responses=ONE)
async def get_document(document_id: DocumentId, request: Request) -> DocumentResponse:
    """Its size, the numbers of its pages and chunks, and the metadata of its upload."""
    service: DocumentService = request.state.documents
    return DocumentResponse.model_validate(await service.get(document_id))


@router.get(
    "/{document_id:uuid}/chunks", summary="Its chunks, in order", responses=problems(400, 404, 422, 503, body=False)
)
async def list_document_chunks(
    document_id: DocumentId, request: Request, limit: Limit = 50, cursor: Cursor = ""
) -> ChunkList:
    """The passages that are searched. `start` and `end` are character offsets into the stored text, from 0."""
    service: DocumentService = request.state.documents
    chunks = await service.chunks(document_id, _index(cursor), limit + 1)
    page = chunks[:limit]
    return ChunkList(
        chunks=[ChunkResponse.model_validate(chunk) for chunk in page],
        next_cursor=cursors.encode([page[-1].index]) if len(chunks) > limit else None,
    )


@router.get(
    "/{document_id:uuid}/text",
    summary="Its stored text, or part of it",
    responses=problems(404, 422, 503, body=False),
)
async def get_document_text(
    document_id: DocumentId,
    request: Request,
    start: Annotated[int, Query(ge=0, le=MAX_OFFSET, description="First character.")] = 0,
    end: Annotated[int, Query(ge=0, le=MAX_OFFSET, description="Character after the last.")] = MAX_OFFSET,
) -> DocumentText:
    """The text that was read from the file. The `start` and `end` of a source return its `quote`."""
    service: DocumentService = request.state.documents
    found = await service.text(document_id, start, end)
    outline = await service.outline(document_id, found)
    return DocumentText(
        document_id=document_id,
        start=found.start,
        end=found.end,
        length=found.length,
        text=found.text,
        headings=[HeadingResponse.model_validate(part) for part in outline.headings],
        tables=[TableResponse.model_validate(part) for part in outline.tables],
        recognised=[SpanResponse(start=start, end=end) for start, end in outline.recognised],
    )


@router.delete("/{document_id:uuid}", status_code=204, summary="Delete a document", responses=ONE)
async def delete_document(document_id: DocumentId, request: Request) -> None:
    """After the response no part of the document can be found or quoted."""
    service: DocumentService = request.state.documents
    await service.remove(document_id)


def _uploaded(uploaded: Uploaded) -> UploadResponse:
    document = DocumentResponse.model_validate(uploaded.document)
    return UploadResponse(**document.model_dump(), duplicate=uploaded.duplicate)


def _index(cursor: str) -> int:
    match cursors.decode(cursor) if cursor else [-1]:
        case [int(index)] if abs(index) < 2**31:
            return index
    raise cursors.InvalidCursor
