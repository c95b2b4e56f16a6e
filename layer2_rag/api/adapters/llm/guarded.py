"""Timeouts, retries and a circuit breaker around any language model.

Retries happen before the first token only: after it, a second attempt would repeat text that the client already has.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from api.errors import ModelUnavailable
from api.services.chat.language_model import Finished, LanguageModel, ModelInfo, Prompt, Token

LISTING_SECONDS = 2.0  # less than a health probe waits: a hanging server is then named, not only noticed


class Breaker:
    """Opens after `threshold` failures in a row; after `cooldown` seconds one call may try again."""

    def __init__(self, threshold: int, cooldown: float) -> None:
        self.threshold = threshold
        self.cooldown = cooldown
        self.failures = 0
        self.retry_at = 0.0
        self.reason = ""

    def check(self, provider: str) -> None:
        """Raise `ModelUnavailable` while open. The call that is let through keeps others out until it is over."""
        if self.failures < self.threshold:
            return
        now = time.monotonic()
        if now < self.retry_at:
            raise ModelUnavailable(
                f"{provider} failed {self.failures} times in a row and is left alone for {self.retry_at - now:.0f} s. "
                f"The last time: {self.reason}"
            )
        self.retry_at = now + self.cooldown

    def succeeded(self) -> None:
        self.failures = 0

    def failed(self, reason: str) -> None:
        self.failures += 1
        self.reason = reason
        self.retry_at = time.monotonic() + self.cooldown


class GuardedModel:
    """A language model whose answer begins within `timeout` seconds, or it raises `ModelUnavailable`.

    The time covers the list of models and all attempts until the first token; it starts anew with each token.
    A server that hangs is left alone by both breakers; one that refuses says so at once and needs no breaker to
    be listed, so that it is back in use as soon as it is started.
    """

    def __init__(self, model: LanguageModel, *, timeout: float, attempts: int, breaker: Breaker) -> None:
        self.model = model
        self.provider = model.provider
        self.generates = model.generates
        self.timeout = timeout
        self.listing_timeout = min(LISTING_SECONDS, timeout / 2)
        self.attempts = attempts
        self.breaker = breaker
        self.listing_breaker = Breaker(breaker.threshold, breaker.cooldown)

    async def models(self) -> list[ModelInfo]:
        self.listing_breaker.check(self.provider)
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
        self.breaker.check(self.provider)
        try:
            async with asyncio.timeout(self.timeout - self.listing_timeout):
                tokens, first = await self._open(prompt)
            async with aclosing(tokens):
                self.breaker.succeeded()
                yield first
                while (token := await self._next(tokens)) is not None:
                    yield token
        except TimeoutError as error:
            reason = f"{self.provider} sent nothing for {self.timeout:g} s."
            self.breaker.failed(reason)
            raise ModelUnavailable(reason) from error
        except ModelUnavailable as error:
            self.breaker.failed(error.detail)
            raise

    async def _open(self, prompt: Prompt) -> tuple[AsyncGenerator[Token | Finished, None], Token | Finished]:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(ModelUnavailable),
            stop=stop_after_attempt(self.attempts),
            wait=wait_exponential_jitter(multiplier=0.1, max=2.0, jitter=0.1),
            reraise=True,
        ):
            with attempt:
                tokens = self.model.stream(prompt)
                first = await anext(tokens, None)
                if first is None:
                    raise ModelUnavailable(f"{self.provider} ended its answer before it began.")
                return tokens, first
        raise AssertionError("AsyncRetrying returns or raises")

    async def _next(self, tokens: AsyncGenerator[Token | Finished, None]) -> Token | Finished | None:
        async with asyncio.timeout(self.timeout):
            return await anext(tokens, None)
