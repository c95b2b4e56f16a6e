"""Background work and probes act as the service itself, not as the caller in whose request they happen to run."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from api.services.serving.health import Probe
from api.services.tenants.callers import EVERYONE, acting_as

T = TypeVar("T")


def as_everyone(call: Callable[[], Awaitable[T]]) -> Callable[[], Awaitable[T]]:
    async def called() -> T:
        with acting_as(EVERYONE):
            return await call()

    return called


def probed_as_everyone(probe: Probe) -> Probe:
    return replace(probe, check=as_everyone(probe.check))
