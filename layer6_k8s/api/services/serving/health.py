"""Health: whether the service is usable, and the state of its dependencies."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from api.errors import MyStackError
from api.services.serving.cached_call import CachedCall

Status = Literal["ok", "degraded", "down"]
PROBE_SECONDS = 3.0
CACHE_SECONDS = 1.0
"""/health needs no API key: cached results keep a flood of requests from reaching the dependencies."""


@dataclass(frozen=True)
class Probe:
    """A dependency and how to check it: `check` returns a sentence about it, or raises one of our errors.

    The service is down without a `required` dependency, and degraded without another.
    """

    name: str
    check: Callable[[], Awaitable[str]]
    required: bool = True


@dataclass(frozen=True)
class DependencyHealth:
    name: str
    status: Status
    latency_ms: float
    reason: str


@dataclass(frozen=True)
class Layer:
    """The identity of this layer, from its layer.toml."""

    number: int
    name: str
    version: str


@dataclass(frozen=True)
class Health:
    status: Status
    layer: int
    name: str
    version: str
    uptime_seconds: float
    dependencies: tuple[DependencyHealth, ...]


class HealthService:
    def __init__(self, layer: Layer, probes: Sequence[Probe]) -> None:
        self.layer = layer
        self.probes = tuple(probes)
        self.started = time.monotonic()
        self._dependencies = CachedCall(self._probed, CACHE_SECONDS)

    async def report(self) -> Health:
        dependencies = await self._dependencies.get()
        statuses = {dependency.status for dependency in dependencies}
        status: Status = "down" if "down" in statuses else "degraded" if "degraded" in statuses else "ok"
        uptime = round(time.monotonic() - self.started, 1)
        return Health(status, self.layer.number, self.layer.name, self.layer.version, uptime, dependencies)

    async def _probed(self) -> tuple[DependencyHealth, ...]:
        return tuple(await asyncio.gather(*map(_probe, self.probes)))


async def _probe(probe: Probe) -> DependencyHealth:
    started = time.perf_counter()
    status: Status = "ok"
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            reason = await probe.check()
    except (MyStackError, TimeoutError) as error:
        status = "down" if probe.required else "degraded"
        reason = str(error) or f"no answer within {PROBE_SECONDS:.0f} s"
    return DependencyHealth(probe.name, status, round((time.perf_counter() - started) * 1000, 1), reason)
