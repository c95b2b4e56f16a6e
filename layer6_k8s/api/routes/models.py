"""GET /models: the available models and the state of their providers."""

from fastapi import APIRouter, Request

from api.schemas.models import ModelResponse, ModelsResponse, ProviderResponse
from api.schemas.problem import problems
from api.services.chat.models import Models

router = APIRouter(tags=["models"])


@router.get("/models", summary="The available models", responses=problems(body=False))
async def list_models(request: Request) -> ModelsResponse:
    """A request names one as its `model`. An unreachable provider says why."""
    models: Models = request.state.models
    states = await models.states()
    infos = [info for state in states for info in state.models]
    return ModelsResponse(
        models=[ModelResponse.model_validate(info) for info in infos],
        default=next((info.name for info in infos if info.default), None),
        providers=[ProviderResponse.model_validate(state) for state in states],
    )
