"""The available models, and the choice of the one that answers a turn."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from api.errors import ModelNotFound, ModelUnavailable
from api.services.chat.language_model import LanguageModel, ModelInfo


@dataclass(frozen=True)
class ProviderState:
    """Whether a provider can answer; `reason` says why not."""

    provider: str
    reachable: bool
    models: tuple[ModelInfo, ...] = ()
    reason: str | None = None


class Models:
    """The configured providers in order of preference: the first that can answer is the default."""

    def __init__(self, providers: Sequence[LanguageModel]) -> None:
        self.providers = tuple(providers)

    async def states(self) -> list[ProviderState]:
        """The state of every provider, in order of preference."""
        return list(await asyncio.gather(*(_state(provider) for provider in self.providers)))

    async def choose(self, name: str | None) -> tuple[LanguageModel, ModelInfo]:
        """The provider and the model that answer a turn; `None` asks for the default.

        Raises `ModelUnavailable` if no provider can answer, `ModelNotFound` for a name that no provider serves.
        """
        unreachable: list[str] = []
        for provider in self.providers:
            state = await _state(provider)
            if not state.reachable:
                unreachable.append(state.reason or "")
            for info in state.models:
                if info.name == name or (name is None and info.default):
                    return provider, info
        why = " ".join(unreachable)
        if len(unreachable) == len(self.providers):
            raise ModelUnavailable(why)
        raise ModelNotFound(f"Unknown model {name!r}; GET /models lists the available ones. {why}".strip())

    async def summary(self) -> str:
        """One sentence for /health: which provider serves, and why a preferred one does not.

        Raises `ModelUnavailable` if none does.
        """
        states = await self.states()
        reasons = [state.reason for state in states if state.reason]
        default = next((info for state in states for info in state.models if info.default), None)
        if default is None:
            raise ModelUnavailable(" ".join(reasons))
        return " ".join([f"{default.provider} serves {default.name}.", *reasons])


async def _state(model: LanguageModel) -> ProviderState:
    try:
        models = await model.models()
    except ModelUnavailable as error:
        return ProviderState(model.provider, False, reason=error.detail)
    return ProviderState(model.provider, True, tuple(models))
