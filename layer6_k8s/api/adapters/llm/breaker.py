"""A circuit breaker: a server that keeps failing is left alone for a while."""

import time

from api.errors import ModelUnavailable

FAILURES = 5
"""Consecutive failures that open the circuit breaker."""
COOLDOWN_SECONDS = 15.0
"""Time that the circuit breaker stays open before a trial call."""


class Breaker:
    """Opens after FAILURES in a row; after COOLDOWN_SECONDS one trial call may pass."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.failures = 0
        self.retry_at = 0.0
        self.reason = ""

    def check(self) -> None:
        """Raises `ModelUnavailable` while open."""
        remaining = self.retry_at - time.monotonic()
        if self.failures >= FAILURES and remaining > 0:
            raise ModelUnavailable(
                f"{self.provider} failed {self.failures} times in a row and is not called for {remaining:.0f} s. "
                f"Last error: {self.reason}"
            )

    def admit(self) -> None:
        """As `check`, for the call that follows. A trial call keeps others out until it is over."""
        self.check()
        if self.failures >= FAILURES:
            self.retry_at = time.monotonic() + COOLDOWN_SECONDS

    def succeeded(self) -> None:
        self.failures = 0

    def failed(self, reason: str) -> None:
        self.failures += 1
        self.reason = reason
        self.retry_at = time.monotonic() + COOLDOWN_SECONDS
