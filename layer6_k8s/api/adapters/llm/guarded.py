"""Slots, timeouts, retries and a circuit breaker around any language model.

Only calls without a first token are retried: later, a second attempt would repeat text that the client already has.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from api.adapters.llm.breaker import Breaker
from api.adapters.llm.slots import Slots
from api.errors import ModelBusy, ModelUnavailable
from api.services.chat.language_model import Finished, LanguageModel, ModelInfo, Prompt, Token

LISTING_SECONDS = 2.0  # less than a health probe waits, so that the probe's report names the hanging server
ATTEMPTS = 2
"""Calls to the model until its first token."""


@dataclass(frozen=True)
class Limits:
    """What a model may take, in seconds, and how many generations it gets at the same time.

    `first_token`: until the text begins, since the model may have to be loaded and has to read the prompt.
    `next_token`: between two tokens of the text. `queue`: the wait for a slot.
    """

    first_token: float
    next_token: float
    at_once: int
    queue: float


class GuardedModel:
    """A language model that answers within its limits, or raises `ModelUnavailable`.

    The limit of the first token covers all attempts and the list of models. A hanging server opens both breakers. A
    server that refuses connections fails fast, so listing its models needs no breaker, and it is used again as soon as
    it runs. A wait is no fault of the server: neither for a slot, nor while it writes other answers of this service.
    """

    def __init__(self, model: LanguageModel, limits: Limits) -> None:
        self.model = model
        self.provider = model.provider
        self.generates = model.generates
        self.limits = limits
        self.listing_timeout = min(LISTING_SECONDS, limits.first_token / 2)
        self.slots = Slots(model.provider, limits.at_once, limits.queue)
        self.breaker = Breaker(model.provider)
        self.listing_breaker = Breaker(model.provider)
        self._last_token = 0.0  # of any answer

    async def models(self) -> list[ModelInfo]:
        self.breaker.check()
        self.listing_breaker.admit()
        try:
            async with asyncio.timeout(self.listing_timeout):
                models = await self.model.models()
        except TimeoutError as error:
            reason = f"{self.provider} did not answer within {self.listing_timeout:g} s."
            self.listing_breaker.failed(reason)
            raise ModelUnavailable(reason) from error
        self.listing_breaker.succeeded()
        return models

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Token | Finished, None]:
        self.breaker.check()
        async with self.slots.slot():
            self.breaker.admit()
            async with aclosing(self._tokens(prompt)) as tokens:
                async for token in tokens:
                    yield token

    async def _tokens(self, prompt: Prompt) -> AsyncGenerator[Token | Finished, None]:
        """The model's tokens. Its faults are counted by the breaker."""
        silent_since, patience = time.monotonic(), self.limits.first_token
        try:
            async with asyncio.timeout(patience - self.listing_timeout):
                tokens, token = await self._open(prompt)
            async with aclosing(tokens):
                while token is not None:
                    self._last_token = time.monotonic()
                    if isinstance(token, Finished) or token.text:  # some servers send an empty one before they work
                        patience = self.limits.next_token
                        self.breaker.succeeded()
                    yield token
                    silent_since = time.monotonic()
                    async with asyncio.timeout(patience):
                        token = await anext(tokens, None)
        except TimeoutError as error:
            raise self._silent(silent_since, patience) from error
        except ModelBusy:
            raise
        except ModelUnavailable as error:
            self.breaker.failed(error.detail)
            raise

    async def _open(self, prompt: Prompt) -> tuple[AsyncGenerator[Token | Finished, None], Token | Finished | None]:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(ModelUnavailable),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=0.1, max=2.0, jitter=0.1),
            reraise=True,
        ):
            with attempt:
                tokens = self.model.stream(prompt)
                first = await anext(tokens, None)
                if first is None:
                    raise ModelUnavailable(f"{self.provider} ended its answer before the first token.")
                return tokens, first
        raise AssertionError("AsyncRetrying returns or raises")

    def _silent(self, since: float, seconds: float) -> ModelUnavailable:
        """The error for a model that was silent too long: busy if it has written another answer meanwhile."""
        reason = f"{self.provider} sent nothing for {seconds:g} s."
        if self._last_token > since:
            return ModelBusy(f"{self.provider} is busy with other answers and sent nothing for {seconds:g} s.")
        self.breaker.failed(reason)
        return ModelUnavailable(reason)
