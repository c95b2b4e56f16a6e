"""Export a tenant to an archive, and import one, for the operator."""

import asyncio
import tempfile
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.responses import StreamingResponse
from pydantic.json_schema import SkipJsonSchema

from api.http.spooling import DISK_FULL, InsufficientStorage
from api.routes.jobs import JobId
from api.routes.tenants import NO_STORE, OPERATOR, TenantId
from api.schemas.archives import ImportResponse
from api.schemas.jobs import JobResponse
from api.schemas.problem import problems
from api.schemas.tenants import TenantName, TenantResponse
from api.services.archives.service import TenantArchives
from api.services.serving.authentication import Caller

router = APIRouter(prefix="/admin/tenants", tags=["tenants"], dependencies=[Security(OPERATOR)])

ZIP = "application/zip"
FILE = {"schema": {"type": "string", "format": "binary"}, "example": "PK…"}
ONE = problems(404, 503, body=False)


@router.post(
    "/{tenant_id:uuid}/export",
    status_code=202,
    summary="Export a tenant",
    responses=ONE,
)
async def export_tenant(tenant_id: TenantId, request: Request, response: Response) -> JobResponse:
    """Starts a job that writes all that the tenant has into an archive, also while it is suspended. Follow the job
    under `/admin/tenants/{tenant_id}/jobs/{job_id}`; `Location` is the archive's address, for 24 hours."""
    job = await _service(request).export(tenant_id, _actor(request))
    response.headers["Location"] = f"/admin/tenants/{tenant_id}/export/{job.id}"
    return JobResponse.model_validate(job)


@router.get("/{tenant_id:uuid}/jobs/{job_id:uuid}", summary="A job of a tenant", responses=ONE)
async def get_tenant_job(tenant_id: TenantId, job_id: JobId, request: Request) -> JobResponse:
    """How far an export is, or the vectors of an imported tenant."""
    return JobResponse.model_validate(await _service(request).job(tenant_id, job_id, _actor(request)))


@router.get(
    "/{tenant_id:uuid}/export/{job_id:uuid}",
    summary="The archive of a tenant",
    response_class=StreamingResponse,
    responses={200: {"content": {ZIP: FILE}}, **problems(404, 409, 503, body=False)},
)
async def get_archive(tenant_id: TenantId, job_id: JobId, request: Request) -> StreamingResponse:
    """A ZIP archive, which `POST /admin/tenants/import` of another installation takes. It is kept for 24 hours."""
    archive = await _service(request).archive(tenant_id, job_id, _actor(request))
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(archive.name, safe='')}",
        "Content-Length": str(archive.size),
        **NO_STORE,
    }
    return StreamingResponse(archive.parts, media_type=ZIP, headers=headers)


@router.post(
    "/import",
    status_code=201,
    summary="Import a tenant",
    responses=problems(409, 413, 422, 503, 507),
    openapi_extra={"requestBody": {"content": {ZIP: FILE}, "required": True}},
)
async def import_tenant(
    request: Request,
    response: Response,
    name: Annotated[
        TenantName | SkipJsonSchema[None],
        Query(description="Of the new tenant; by default that of the archive.", examples=["acme"]),
    ] = None,
) -> ImportResponse:
    """All of an archive, or nothing: a damaged one is refused before anything is written. Keys are not imported. If
    this service embeds with another model, the vectors are computed anew by `job`; until then, words are found."""
    with tempfile.TemporaryFile() as file:
        try:
            async for part in request.stream():
                await asyncio.to_thread(file.write, part)
        except OSError as error:
            if error.errno in DISK_FULL:
                raise InsufficientStorage from error
            raise
        imported, job = await _service(request).add(file, name, _actor(request))
    response.headers["Location"] = f"/admin/tenants/{imported.account.tenant.id}"
    return ImportResponse(
        tenant=TenantResponse.of(imported.account),
        counts=dict(imported.counts),
        embedded=imported.embedded,
        job=JobResponse.model_validate(job) if job else None,
    )


def _service(request: Request) -> TenantArchives:
    service: TenantArchives = request.state.archives
    return service


def _actor(request: Request) -> str:
    caller: Caller = request.state.caller
    return caller.name
