"""Quality in production: look at stored answers again, and what was found."""

from fastapi import APIRouter, Request, Response

from api.http.idempotency import HEADER, KEY
from api.schemas.jobs import JobResponse
from api.schemas.problem import problems
from api.schemas.samples import AnswerQualityResponse
from api.services.jobs.service import JobService
from api.services.sampling.samples import ANSWERS, SAMPLES
from api.services.sampling.service import SamplingService
from api.services.serving.idempotency import checked

router = APIRouter(tags=["upkeep"])


@router.post(
    "/jobs/check-answers",
    status_code=202,
    summary="Check answers again",
    responses=problems(422, 503, body=False),
    openapi_extra={"parameters": [KEY]},
)
async def check_answers(request: Request, response: Response) -> JobResponse:
    """Looks at a sample of the stored answers again: QUALITY_SAMPLE is their share. It also starts by itself."""
    service: JobService = request.state.jobs
    key = request.headers.get(HEADER)
    job = await service.start("quality", SAMPLES, ANSWERS, key=None if key is None else checked(key))
    response.headers["Location"] = f"/jobs/{job.id}"
    return JobResponse.model_validate(job)


@router.get("/quality/answers", summary="The quality of stored answers", responses=problems(503, body=False))
async def get_answer_quality(request: Request) -> AnswerQualityResponse:
    """What was found in the sample of the last seven days, and what has changed since the reference week."""
    service: SamplingService = request.state.sampling
    summary, drift = await service.found()
    return AnswerQualityResponse.model_validate(summary).model_copy(update={"drift": dict(drift)})
