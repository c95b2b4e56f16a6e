"""Upkeep: refresh the embeddings, check the data, and the last report on it."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from api.schemas.jobs import JobResponse
from api.schemas.problem import problems
from api.schemas.upkeep import FindingResponse, QualityResponse
from api.services.jobs.jobs import JobKind
from api.services.jobs.service import JobService
from api.services.quality.service import QualityService
from api.services.quality.tasks import QUALITY, REFRESH

router = APIRouter(tags=["upkeep"])

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="The same key starts one job, however often the request is sent; its job is returned.",
        min_length=1,
        max_length=250,
        pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$",
    ),
]
START = problems(422, 503, body=False)


@router.post("/jobs/refresh-embeddings", status_code=202, summary="Embed what has no vector", responses=START)
async def refresh_embeddings(request: Request, response: Response, key: IdempotencyKey = None) -> JobResponse:
    """Embeds the chunks without a vector in the active embedding space. A job that is open already is returned."""
    return await _started(request, response, "refresh", REFRESH, key)


@router.post("/jobs/check-quality", status_code=202, summary="Check the data", responses=START)
async def check_quality(request: Request, response: Response, key: IdempotencyKey = None) -> JobResponse:
    """Looks for what is wrong with documents, chunks, vectors and jobs, and queues the repairs that are safe."""
    return await _started(request, response, "quality", QUALITY, key)


@router.get("/quality", summary="The last report on the data", responses=problems(503, body=False))
async def get_quality(request: Request) -> QualityResponse:
    """What was found, how often, and what to do. `checked_at` is null before the first check."""
    service: QualityService = request.state.quality
    report = await service.latest()
    if report is None:
        return QualityResponse()
    return QualityResponse(
        job_id=report.id,
        checked_at=report.checked_at,
        seconds=report.seconds,
        findings=[FindingResponse.model_validate(finding) for finding in report.findings],
        documents=report.documents,
        compared=report.compared,
        unanswered=list(report.unanswered),
    )


async def _started(request: Request, response: Response, kind: JobKind, name: str, key: str | None) -> JobResponse:
    service: JobService = request.state.jobs
    job = await service.start(kind, name, key=key)
    response.headers["Location"] = f"/jobs/{job.id}"
    return JobResponse.model_validate(job)
