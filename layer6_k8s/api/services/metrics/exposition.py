"""The port to what GET /metrics shows."""

from typing import Protocol

from api.errors import MyStackError


class MetricsOff(MyStackError):
    """Metrics are switched off: METRICS is false."""

    status = 404
    code = "metrics_off"


class Exposition(Protocol):
    async def text(self, accept: str) -> tuple[bytes, str]:
        """All series in the format that the Accept header asks for, and its content type. Raises `MetricsOff`."""
        ...


class NoExposition:
    """The port `Exposition`, switched off."""

    async def text(self, accept: str) -> tuple[bytes, str]:
        """See `Exposition`."""
        raise MetricsOff
