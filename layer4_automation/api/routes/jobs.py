"""Jobs: look, follow, cancel, retry; and upload many documents at once."""

import json
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, File, Path, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic.json_schema import SkipJsonSchema

from api.http.spooling import SpoolingRoute
from api.routes import cursors
from api.routes.cursors import Cursor, Limit
from api.routes.documents import BINARY, DocumentId
from api.routes.sse import event_stream, problem_event
from api.schemas.jobs import (
    BATCH,
    JOB,
    BatchItemResponse,
    BatchResponse,
    BatchUploadResponse,
    JobErrorResponse,
    JobList,
    JobResponse,
    OutdatedResponse,
    ProcessRequest,
    ReadAgainResponse,
    RetryRequest,
    RetryResponse,
)
from api.schemas.problem import problems
from api.services.jobs.jobs import OPEN, Job, JobState
from api.services.jobs.kinds import JobKind
from api.services.jobs.service import BatchItem, JobService

router = APIRouter(tags=["jobs"], route_class=SpoolingRoute)

JobId = Annotated[UUID, Path(description="The id of a job.", examples=[JOB["id"]])]
EVENT_SCHEMA = {
    "type": "object",
    "properties": {
        "event": {"enum": ["job", "error"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
STREAM = {
    "schema": {"type": "string"},
    "x-event-schema": EVENT_SCHEMA,  # of one event: the body as a whole is a text
    "example": f"event: job\ndata: {json.dumps(JOB)}\n\n",
}
ANY_FILE = {"schema": {"type": "string", **BINARY}, "example": "%PDF-1.7 …"}
"""Its type is the file's own; generators of clients know no `*/*`."""
ONE = problems(404, 503, body=False)
UNTRUSTED = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
"""A stored file is somebody's: wherever it is opened, it must not run as a page of this service."""


@router.get("/jobs", summary="The jobs, newest first", responses=problems(400, 422, 503, body=False))
async def list_jobs(
    request: Request,
    limit: Limit = 50,
    cursor: Cursor = "",
    state: Annotated[
        JobState | SkipJsonSchema[None], Query(description="Only jobs in this state.", examples=["failed"])
    ] = None,
    kind: Annotated[
        JobKind | SkipJsonSchema[None], Query(description="Only jobs of this kind.", examples=["ingest"])
    ] = None,
    batch_id: Annotated[
        UUID | SkipJsonSchema[None], Query(description="Only jobs of this batch.", examples=[BATCH["id"]])
    ] = None,
) -> JobList:
    """Pass `next_cursor` as `cursor` to get the next page; it is null on the last page."""
    jobs = await _service(request).page(limit + 1, cursors.decode_position(cursor), state, kind, batch_id)
    page = jobs[:limit]
    last = page[-1] if len(jobs) > limit else None
    return JobList(
        jobs=[JobResponse.model_validate(job) for job in page],
        next_cursor=cursors.encode_position(last.created_at, last.id) if last else None,
    )


@router.post("/jobs/retry", summary="Retry all failed jobs of a kind", responses=problems(422, 503))
async def retry_jobs(request: Request, body: RetryRequest) -> RetryResponse:
    """Their counters start again at 0."""
    return RetryResponse(retried=await _service(request).retry_all(body.kind))


@router.post(
    "/jobs/process-document",
    status_code=202,
    summary="Read a document again, or fetch one",
    responses=problems(404, 422, 503),
)
async def process_document(request: Request, response: Response, body: ProcessRequest) -> JobResponse:
    """Reads the original file again, with this version's parser and chunks; the document is found all the time. Or
    fetches a page or file from a public address."""
    service = _service(request)
    job = await service.process(body.document_id) if body.document_id else await service.fetch(body.url or "")
    return _accepted(response, job)


@router.post(
    "/jobs/process-outdated",
    status_code=202,
    summary="Read again what an earlier parser read",
    responses=problems(400, 422, 503, body=False),
)
async def process_outdated(request: Request, limit: Limit = 50, cursor: Cursor = "") -> ReadAgainResponse:
    """Reads the original files of the next documents that are `outdated`; each is found all the time.

    Pass `next_cursor` as `cursor` to go on; it is null at the end. Upload files that are not kept yourself, with
    `replaces`.
    """
    done = await _service(request).process_outdated(limit, cursors.decode_position(cursor))
    return ReadAgainResponse(
        batch_id=done.batch_id,
        queued=done.queued,
        without_file=[OutdatedResponse.model_validate(document) for document in done.without_file],
        next_cursor=cursors.encode_position(done.last.time, done.last.id) if done.last else None,
    )


@router.get("/jobs/batches/{batch_id:uuid}", summary="The state of a batch", responses=ONE)
async def get_batch(
    batch_id: Annotated[UUID, Path(description="The id of a batch.", examples=[BATCH["id"]])], request: Request
) -> BatchResponse:
    """How many of its jobs are in which state, how long the oldest has waited, and what failed."""
    state = await _service(request).batch(batch_id)
    return BatchResponse(
        id=state.id,
        created_at=state.created_at,
        counts=dict(state.counts),
        waiting=sum(number for name, number in state.counts.items() if name in OPEN),
        oldest_wait_seconds=state.oldest,
        errors=[JobResponse.model_validate(job) for job in state.errors],
    )


@router.get("/jobs/{job_id:uuid}/status", summary="One job", responses=ONE)
@router.get("/jobs/{job_id:uuid}", summary="One job (alias)", operation_id="get_job_alias", responses=ONE)
async def get_job(job_id: JobId, request: Request) -> JobResponse:
    """Its state, its stage and progress, its position in the queue, and why it failed."""
    service = _service(request)
    job = await service.get(job_id)
    return JobResponse.model_validate(job).model_copy(update={"ahead": await service.position(job)})


@router.get(
    "/jobs/{job_id:uuid}/events",
    summary="Follow a job",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": STREAM}}, **ONE},
)
async def follow_job(job_id: JobId, request: Request) -> StreamingResponse:
    """Server-sent events: a `job` event with the job at each change, until it has ended."""
    return await event_stream(request, _service(request).events(job_id), _encode, problem_event(request))


@router.post("/jobs/{job_id:uuid}/cancel", summary="Cancel a job", responses=ONE)
async def cancel_job(job_id: JobId, request: Request) -> JobResponse:
    """A running job is stopped by its worker's next heartbeat, and has no effect any more from now on."""
    return JobResponse.model_validate(await _service(request).cancel(job_id))


@router.post(
    "/jobs/{job_id:uuid}/retry", status_code=202, summary="Retry a job", responses=problems(404, 409, 503, body=False)
)
async def retry_job(job_id: JobId, request: Request, response: Response) -> JobResponse:
    """Queues a failed or cancelled job again; its counters start at 0."""
    return _accepted(response, await _service(request).retry(job_id))


@router.post(
    "/documents/batch-upload",
    status_code=202,
    summary="Upload many documents",
    responses=problems(422, 503),
    openapi_extra={"requestBody": {"content": {"multipart/form-data": {"example": {"files": ["handbook.pdf"]}}}}},
)
async def upload_batch(
    request: Request,
    response: Response,
    files: Annotated[
        list[UploadFile], File(description="The documents.", json_schema_extra={"items": {"type": "string", **BINARY}})
    ],
) -> BatchUploadResponse:
    """Answers when all are queued. A file that cannot be accepted has an `error`, and never fails the others."""
    batch_id, items = await _service(request).upload_batch([(file.filename or "", file) for file in files])
    response.headers["Location"] = f"/jobs/batches/{batch_id}"
    return BatchUploadResponse(batch_id=batch_id, jobs=[_item(item) for item in items])


@router.get(
    "/documents/{document_id:uuid}/file",
    summary="Its original file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": ANY_FILE, "*/*": ANY_FILE}}, **ONE},
)
async def get_document_file(document_id: DocumentId, request: Request) -> Response:
    """The bytes that were uploaded. Documents of an earlier layer have none: `file_not_kept`."""
    file = await _service(request).file(document_id)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}", **UNTRUSTED}
    return Response(file.data, media_type=file.content_type, headers=headers)


def _service(request: Request) -> JobService:
    service: JobService = request.state.jobs
    return service


def _accepted(response: Response, job: Job) -> JobResponse:
    response.headers["Location"] = f"/jobs/{job.id}"
    return JobResponse.model_validate(job)


def _item(item: BatchItem) -> BatchItemResponse:
    error = item.error
    said = JobErrorResponse(code=error.code, detail=error.detail, status=error.status) if error else None
    return BatchItemResponse(
        index=item.index,
        filename=item.filename,
        document_id=item.document_id,
        job_id=item.job_id,
        duplicate=item.duplicate,
        error=said,
    )


def _encode(job: Job | None) -> bytes:
    """The event of a change; a comment, which keeps the connection, while nothing changes."""
    if job is None:
        return format_sse_event(comment="waiting")
    return format_sse_event(data_str=JobResponse.model_validate(job).model_dump_json(), event="job")
