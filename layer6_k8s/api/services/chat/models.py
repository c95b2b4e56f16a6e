"""The available models, and the choice of the one that answers a turn."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.errors import ModelNotFound, ModelUnavailable
from api.services.chat.language_model import Extractive, LanguageModel, ModelInfo


@dataclass(frozen=True)
class ProviderState:
    """Whether a provider can answer; `reason` says why not."""

    provider: str
    reachable: bool
    models: tuple[ModelInfo, ...] = ()
    reason: str | None = None


class Models:
    """The providers in order of preference: those that generate, then the extractive model, which always answers.

    `optional`: the service is complete without a provider that generates, unless it has answered before.
    """

    def __init__(self, generating: Sequence[LanguageModel], extractive: Extractive, *, optional: bool = False) -> None:
        self.generating = tuple(generating)
        self.extractive = extractive
        self.optional = optional
        self._known: set[LanguageModel] = set()

    async def states(self) -> list[ProviderState]:
        """The state of every provider, in order of preference."""
        return list(await asyncio.gather(*map(self._state, (*self.generating, self.extractive))))

    async def choose(self, name: str | None) -> tuple[LanguageModel, ModelInfo]:
        """The provider and the model that answer a turn; `None` asks for the default.

        If a provider is missed, the extractive model stands in for its models: `ModelInfo.unavailable` says why.
        Raises `ModelNotFound` for a name that no provider serves.
        """
        [quotes] = await self.extractive.models()
        if name == quotes.name:
            return self.extractive, quotes
        missed, reasons = False, []
        for provider in self.generating:
            state = await self._state(provider)
            for info in state.models:
                if info.name == name or (name is None and info.default):
                    return provider, info
            if state.reason:
                missed = missed or self._misses(provider)
                reasons.append(state.reason)
        why = " ".join(reasons)
        if missed:
            return self.extractive, replace(quotes, unavailable=why)
        if name is None:
            return self.extractive, quotes
        raise ModelNotFound(f"Unknown model {name!r}; GET /models lists the available ones. {why}".strip())

    async def summary(self) -> str:
        """One sentence for /health: which provider serves, and why a preferred one does not.

        Raises `ModelUnavailable` with the same sentence if that one is not optional.
        """
        states = await self.states()
        default = next(info for state in states for info in state.models if info.default)
        reasons = [state.reason for state in states if state.reason]
        quoting = default.provider == self.extractive.provider
        serves = (
            "Answers are quotes; no language model writes." if quoting else f"{default.provider} serves {default.name}."
        )
        text = " ".join([serves, *reasons])
        if reasons and not self.optional:
            raise ModelUnavailable(text)
        return text

    def _misses(self, provider: LanguageModel) -> bool:
        return not self.optional or provider in self._known

    async def _state(self, provider: LanguageModel) -> ProviderState:
        try:
            models = await provider.models()
        except ModelUnavailable as error:
            return ProviderState(provider.provider, False, reason=error.detail)
        self._known.add(provider)
        return ProviderState(provider.provider, True, tuple(models))
