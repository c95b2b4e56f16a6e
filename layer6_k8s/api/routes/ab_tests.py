"""A/B tests: begin, look, stop."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Query, Request, Response

from api.http.idempotency import IdempotentRoute
from api.schemas.ab_tests import (
    EXAMPLE_ID,
    SMALLEST,
    ABTestDetails,
    ABTestList,
    ABTestResponse,
    BegunABTestResponse,
    NewABTestRequest,
    StopRequest,
)
from api.schemas.problem import problems
from api.services.ab_tests.service import ABTestService
from api.services.serving.clock import now

router = APIRouter(prefix="/models/ab-test", tags=["ab tests"], route_class=IdempotentRoute)

ABTestId = Annotated[UUID, Path(description="The id of an A/B test.", examples=[EXAMPLE_ID])]


@router.post("", status_code=201, summary="Begin an A/B test", responses=problems(404, 409, 503))
async def begin_ab_test(request: Request, response: Response, body: NewABTestRequest) -> BegunABTestResponse:
    """Answers conversations by either of two arms, chosen by a hash of their id, and compares what people say of them.

    It is immutable, but it can be stopped. `needed` says first how many conversations with feedback that takes.
    """
    service = _service(request)
    test = body.test(uuid4(), now())
    needed = await service.needed(test, body.smallest_difference)
    await service.begin(test)
    response.headers["Location"] = f"/models/ab-test/{test.id}"
    return BegunABTestResponse.begun(test, needed)


@router.get("", summary="The A/B tests", responses=problems(503, body=False))
async def list_ab_tests(request: Request) -> ABTestList:
    """Newest first; at most one is running."""
    return ABTestList(tests=[ABTestResponse.model_validate(test) for test in await _service(request).all()])


@router.get("/{test_id:uuid}", summary="What an A/B test has found", responses=problems(404, 422, 503, body=False))
async def get_ab_test(
    test_id: ABTestId,
    request: Request,
    smallest_difference: Annotated[float, Query(ge=SMALLEST, le=1, description="Of the rates, for `needed`.")] = 0.05,
) -> ABTestDetails:
    """The p-value and the interval are valid however often this is asked; `needed` follows the rate of votes."""
    service = _service(request)
    test = await service.get(test_id)
    needed = await service.needed(test, smallest_difference)
    return ABTestDetails.reported(test, needed, await service.report(test))


@router.patch("/{test_id:uuid}", summary="Stop an A/B test", responses=problems(404, 503))
async def stop_ab_test(test_id: ABTestId, request: Request, body: StopRequest) -> ABTestResponse:
    """All conversations are answered by the settings of the service again. A stopped test stays as it is."""
    return ABTestResponse.model_validate(await _service(request).stop(test_id, body.reason))


def _service(request: Request) -> ABTestService:
    service: ABTestService = request.state.ab_tests
    return service
