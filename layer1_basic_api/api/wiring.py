"""The composition root: settings → adapters → services. `build` enters the capabilities; each has a file of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypedDict

from api.adapters.layer_file import read_layer
from api.capabilities.language_models import language_models
from api.config import Settings
from api.routes.openai_message import MessagePart, tool_calls
from api.services.chat.completions import Completions
from api.services.chat.models import Models
from api.services.chat.quoting_chat import QuotingChat
from api.services.chat.service import ChatService
from api.services.chat.turn import Chat
from api.services.serving.admission import ConcurrencyLimit, Limiter
from api.services.serving.authentication import Authenticator, NoAuthentication, SharedKey
from api.services.serving.health import HealthService, Probe
from api.services.serving.observers import Observer, log_access
from api.services.serving.shutdown import Shutdown


class State(TypedDict):
    """What the routes and the middleware find under `request.state`."""

    models: Models
    chat: Chat
    completions: Completions
    message_parts: list[MessagePart]
    authenticator: Authenticator
    health: HealthService
    limits: dict[str, Limiter]
    observers: list[Observer]
    shutdown: Shutdown


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[State]:
    """Enter every capability, yield the services, leave in reverse order."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        probes: list[Probe] = []
        limits: dict[str, Limiter] = {"requests": ConcurrencyLimit(settings.requests_at_once)}
        message_parts: list[MessagePart] = [tool_calls]

        models = await enter(language_models(settings))
        probes.append(Probe("language_model", models.summary, required=False))
        generation: Chat = ChatService(
            models,
            system_prompt=settings.system_prompt,
            max_tokens=settings.max_tokens,
        )
        chat: Chat = QuotingChat(generation, models)
        plain = chat  # what writes, whatever is put around it below
        variants: dict[str, Chat] = {}

        yield State(
            models=models,
            chat=chat,
            completions=Completions(models, chat, plain, variants),
            message_parts=message_parts,
            authenticator=authenticator(settings),
            health=HealthService(read_layer(Path(__file__).parents[1]), probes),
            limits=limits,
            observers=[log_access],
            shutdown=Shutdown(),
        )


def authenticator(settings: Settings) -> Authenticator:
    """The shared key if API_KEY is set, else no authentication."""
    return SharedKey(settings.api_key.get_secret_value()) if settings.api_key else NoAuthentication()
