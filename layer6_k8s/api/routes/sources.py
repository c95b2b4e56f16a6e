"""Sources: what the library is kept in step with."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from api.http.idempotency import IdempotentRoute
from api.schemas.jobs import JobResponse
from api.schemas.problem import problems
from api.schemas.sources import NewSourceRequest, SyncedSource, SyncedSourceList, SyncResponse
from api.services.sources.service import SourceService

router = APIRouter(tags=["sources"], route_class=IdempotentRoute)

SourceId = Annotated[UUID, Path(description="The id of a source.", examples=["0b6d1a52-7a52-4c0f-8d5c-3f1f0c9a7b11"])]


@router.post("/sources", status_code=201, summary="Add a source", responses=problems(403, 409, 422, 503))
async def add_source(request: Request, response: Response, body: NewSourceRequest) -> SyncedSource:
    """A folder below one that SOURCE_FOLDERS allows, a page or file, an RSS or Atom feed, or a sitemap. A watched
    folder is synced soon; for the others, start a sync."""
    source = await _service(request).add(
        body.kind, body.location, delete_after=body.delete_after_seconds, watch=body.watch
    )
    response.headers["Location"] = f"/sources/{source.id}"
    return SyncedSource.of(source)


@router.get("/sources", summary="The sources", responses=problems(503, body=False))
async def list_sources(request: Request) -> SyncedSourceList:
    """With the state of each: its last sync, what that did, and why it failed."""
    return SyncedSourceList(sources=[SyncedSource.of(source) for source in await _service(request).all()])


@router.post("/sources/sync", status_code=202, summary="Sync all sources", responses=problems(503, body=False))
async def sync_sources(request: Request, response: Response) -> SyncResponse:
    """All of them in one batch. A source whose sync is open already keeps that one."""
    batch_id, jobs = await _service(request).sync_all()
    response.headers["Location"] = f"/jobs/batches/{batch_id}"
    return SyncResponse(batch_id=batch_id, jobs=[JobResponse.model_validate(job) for job in jobs])


@router.get("/sources/{source_id:uuid}", summary="One source", responses=problems(404, 503, body=False))
async def get_source(source_id: SourceId, request: Request) -> SyncedSource:
    """Its state, as in the list."""
    return SyncedSource.of(await _service(request).get(source_id))


@router.delete(
    "/sources/{source_id:uuid}",
    status_code=204,
    summary="Remove a source",
    responses=problems(404, 422, 503, body=False),
)
async def remove_source(
    source_id: SourceId,
    request: Request,
    documents: Annotated[bool, Query(description="Whether to delete the documents that came of it alone.")] = False,
) -> None:
    """Its documents stay, unless `documents` is true."""
    await _service(request).remove(source_id, documents=documents)


@router.post(
    "/sources/{source_id:uuid}/sync",
    status_code=202,
    summary="Sync a source",
    responses=problems(404, 422, 503, body=False),
)
async def sync_source(
    source_id: SourceId,
    request: Request,
    response: Response,
    confirm: Annotated[bool, Query(description="Whether it may delete most documents of the source.")] = False,
) -> SyncResponse:
    """What is new or changed is read by jobs of the same batch, and what has been missing for long is deleted. If a
    sync is open already, it serves this request, too."""
    job = await _service(request).sync(source_id, confirmed=confirm)
    response.headers["Location"] = f"/jobs/batches/{job.batch_id}"
    return SyncResponse(batch_id=job.batch_id, jobs=[JobResponse.model_validate(job)])


def _service(request: Request) -> SourceService:
    service: SourceService = request.state.sources
    return service
