"""The port to what counts and measures."""

from typing import Protocol

from api.services.metrics.names import Series


class Metrics(Protocol):
    """Each call names all labels of the series. It is quick, and never raises because of a value."""

    def count(self, name: Series, amount: float = 1, **labels: str) -> None:
        """Raise a counter; an `amount` that is not finite and positive counts nothing."""
        ...

    def observe(self, name: Series, value: float, **labels: str) -> None:
        """Add a value to a histogram; one that is not finite is left out."""
        ...

    def gauge(self, name: Series, value: float, **labels: str) -> None:
        """Set a gauge."""
        ...


class NoMetrics:
    """The port `Metrics`, switched off."""

    def count(self, name: Series, amount: float = 1, **labels: str) -> None: ...

    def observe(self, name: Series, value: float, **labels: str) -> None: ...

    def gauge(self, name: Series, value: float, **labels: str) -> None: ...
