"""Timeouts, retries and a circuit breaker around any language model.

Only calls without a first token are retried: later, a second attempt would repeat text that the client already has.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from api.errors import ModelUnavailable
from api.services.chat.language_model import Finished, LanguageModel, ModelInfo, Prompt, Token

LISTING_SECONDS = 2.0  # less than a health probe waits, so that the probe's report names the hanging server
ATTEMPTS = 2
"""Calls to the model until its first token."""
FAILURES = 5
"""Consecutive failures that open the circuit breaker."""
COOLDOWN_SECONDS = 15.0
"""Time that the circuit breaker stays open before a trial call."""


class Breaker:
    """Circuit breaker: opens after FAILURES in a row; after COOLDOWN_SECONDS one trial call may pass."""

    def __init__(self) -> None:
        self.failures = 0
        self.retry_at = 0.0
        self.reason = ""

    def check(self, provider: str) -> None:
        """Raises `ModelUnavailable` while open. A trial call keeps others out until it is over."""
        if self.failures < FAILURES:
            return
        now = time.monotonic()
        if now < self.retry_at:
            raise ModelUnavailable(
                f"{provider} failed {self.failures} times in a row; it is not called for {self.retry_at - now:.0f} s. "
                f"Last error: {self.reason}"
            )
        self.retry_at = now + COOLDOWN_SECONDS

    def succeeded(self) -> None:
        self.failures = 0

    def failed(self, reason: str) -> None:
        self.failures += 1
        self.reason = reason
        self.retry_at = time.monotonic() + COOLDOWN_SECONDS


class GuardedModel:
    """A language model whose answer begins within `timeout` seconds; otherwise it raises `ModelUnavailable`.

    The timeout covers the list of models and all attempts until the first token, and starts again with each token.
    A hanging server opens both breakers. A server that refuses connections fails fast, so listing its models needs no
    breaker, and it is used again as soon as it runs.
    """

    def __init__(self, model: LanguageModel, *, timeout: float) -> None:
        self.model = model
        self.provider = model.provider
        self.generates = model.generates
        self.timeout = timeout
        self.listing_timeout = min(LISTING_SECONDS, timeout / 2)
        self.breaker = Breaker()
        self.listing_breaker = Breaker()

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

    async def _next(self, tokens: AsyncGenerator[Token | Finished, None]) -> Token | Finished | None:
        async with asyncio.timeout(self.timeout):
            return await anext(tokens, None)
