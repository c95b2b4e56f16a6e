"""Upkeep: refresh the embeddings, check the data, and the last report on it."""

from fastapi import APIRouter, Request, Response

from api.http.idempotency import HEADER, KEY
from api.schemas.jobs import JobResponse
from api.schemas.problem import problems
from api.schemas.upkeep import FindingResponse, QualityResponse
from api.services.jobs.kinds import JobKind
from api.services.jobs.service import JobService
from api.services.quality.service import QualityService
from api.services.quality.tasks import QUALITY, REFRESH
from api.services.serving.idempotency import checked

router = APIRouter(tags=["upkeep"])

START = problems(422, 503, body=False)
KEYED = {"parameters": [KEY]}


@router.post(
    "/jobs/refresh-embeddings",
    status_code=202,
    summary="Embed what has no vector",
    responses=START,
    openapi_extra=KEYED,
)
async def refresh_embeddings(request: Request, response: Response) -> JobResponse:
    """Embeds the chunks without a vector in the active embedding space. A job that is open already is returned."""
    return await _started(request, response, "refresh", REFRESH)


@router.post("/jobs/check-quality", status_code=202, summary="Check the data", responses=START, openapi_extra=KEYED)
async def check_quality(request: Request, response: Response) -> JobResponse:
    """Looks for what is wrong with documents, chunks, vectors and jobs, and queues the repairs that are safe."""
    return await _started(request, response, "quality", QUALITY)


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


async def _started(request: Request, response: Response, kind: JobKind, name: str) -> JobResponse:
    """The job. An `Idempotency-Key` starts one job, however often and however late the request is sent again."""
    service: JobService = request.state.jobs
    key = request.headers.get(HEADER)
    job = await service.start(kind, name, key=None if key is None else checked(key))
    response.headers["Location"] = f"/jobs/{job.id}"
    return JobResponse.model_validate(job)
