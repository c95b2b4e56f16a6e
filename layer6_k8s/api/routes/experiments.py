"""Experiments: record and read the runs of evaluations and benchmarks, and promote what is not worse."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from api.http.idempotency import IdempotentRoute
from api.routes import cursors
from api.routes.cursors import Cursor, InvalidCursor, Limit
from api.schemas.experiments import (
    EXPERIMENT,
    RUN,
    ExperimentList,
    ExperimentResponse,
    NewRunRequest,
    RegistryResponse,
    ResultBody,
    ResultList,
    RunList,
    RunResponse,
    SetupResponse,
)
from api.schemas.problem import problems
from api.services.experiments.registry import Promotions
from api.services.experiments.runs import Setup
from api.services.experiments.service import ExperimentService

router = APIRouter(prefix="/experiments", tags=["experiments"], route_class=IdempotentRoute)

NAME = "^[a-z0-9][a-z0-9._-]{0,99}$"
ExperimentKey = Annotated[
    str, Path(description="Its name or its id.", pattern=NAME, examples=[EXPERIMENT["name"]], max_length=100)
]
RunId = Annotated[UUID, Path(description="The id of a run.", examples=[RUN["id"]])]
PAGE = problems(400, 404, 422, 503, body=False)


@router.get("", summary="The experiments, newest first", responses=problems(400, 422, 503, body=False))
async def list_experiments(request: Request, limit: Limit = 50, cursor: Cursor = "") -> ExperimentList:
    """Pass `next_cursor` as `cursor` to get the next page; it is null on the last page."""
    found = await _service(request).experiments(limit + 1, cursors.decode_position(cursor))
    page = found[:limit]
    more = len(found) > limit
    return ExperimentList(
        experiments=[ExperimentResponse.model_validate(each) for each in page],
        next_cursor=cursors.encode_position(page[-1].created_at, page[-1].id) if more else None,
    )


@router.get("/setup", summary="What a run would record of this service", responses=problems(503, body=False))
async def get_setup(request: Request) -> SetupResponse:
    """Its settings without secrets, embedding space, system prompt and default model."""
    present: Callable[[], Awaitable[Setup]] = request.state.setup
    return SetupResponse.model_validate(await present())


@router.get("/registry", summary="The champions", responses=problems(503, body=False))
async def get_registry(request: Request) -> RegistryResponse:
    """The embedding space and the prompt with the alias `champion`. Empty before the first promotion."""
    promotions: Promotions = request.state.promotions
    return RegistryResponse.of(list(await promotions.aliased()))


@router.post("/{experiment}/runs", status_code=201, summary="Record a run", responses=problems(422, 503))
async def add_run(experiment: ExperimentKey, request: Request, response: Response, body: NewRunRequest) -> RunResponse:
    """The first run of a name creates the experiment. MLflow gets the run later, if MLFLOW_URL is set."""
    run = await _service(request).add(experiment, body.run())
    response.headers["Location"] = f"/experiments/runs/{run.id}"
    return RunResponse.of(run)


@router.get("/{experiment}/runs", summary="The runs of an experiment, newest first", responses=PAGE)
async def list_runs(experiment: ExperimentKey, request: Request, limit: Limit = 50, cursor: Cursor = "") -> RunList:
    """Pass `next_cursor` as `cursor` to get the next page; it is null on the last page."""
    found = await _service(request).runs(experiment, limit + 1, cursors.decode_position(cursor))
    page = found[:limit]
    more = len(found) > limit
    return RunList(
        runs=[RunResponse.of(run) for run in page],
        next_cursor=cursors.encode_position(page[-1].created_at, page[-1].id) if more else None,
    )


@router.get("/runs/{run_id:uuid}", summary="One run", responses=problems(404, 503, body=False))
async def get_run(run_id: RunId, request: Request) -> RunResponse:
    """What was measured, on which data, and the metrics."""
    return RunResponse.of(await _service(request).run(run_id))


@router.get("/runs/{run_id:uuid}/results", summary="The scores of each question", responses=PAGE)
async def list_results(run_id: RunId, request: Request, limit: Limit = 200, cursor: Cursor = "") -> ResultList:
    """In the order of the questions. Pass `next_cursor` as `cursor` to get the next page."""
    first = _first(cursor)
    found = await _service(request).results(run_id, first, limit + 1)
    return ResultList(
        results=[ResultBody.model_validate(result) for result in found[:limit]],
        next_cursor=cursors.encode([first + limit]) if len(found) > limit else None,
    )


@router.post(
    "/runs/{run_id:uuid}/promote", summary="Make a run the champion", responses=problems(404, 409, 503, body=False)
)
async def promote_run(run_id: RunId, request: Request) -> RegistryResponse:
    """Moves the alias `champion` to its embedding space and prompt, if it is not worse than the champion's run by the
    gates in GATES_PATH. Otherwise 409 names each gate that failed."""
    promotions: Promotions = request.state.promotions
    return RegistryResponse.of(list(await promotions.promote(run_id)))


def _service(request: Request) -> ExperimentService:
    service: ExperimentService = request.state.experiments
    return service


def _first(cursor: str) -> int:
    match cursors.decode(cursor) if cursor else [0]:
        case [int(first)] if 0 <= first < 2**31 - 1_000:
            return first
    raise InvalidCursor
