"""What a service shows at /metrics, read as Prometheus reads it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families


@dataclass
class Scraped:
    """The samples of one scrape."""

    samples: Mapping[tuple[str, frozenset[tuple[str, str]]], float]

    def value(self, name: str, **labels: str) -> float:
        """0 for a series that is not there."""
        return self.samples.get((name, frozenset(labels.items())), 0.0)

    def all(self, name: str) -> list[dict[str, str]]:
        """The labels of every series with this name."""
        return [dict(labels) for found, labels in self.samples if found == name]


def parsed(text: str) -> Scraped:
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return Scraped({(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples})


@pytest.fixture
def scrape(http: httpx2.AsyncClient) -> Callable[..., "object"]:
    async def scraped(url: str, path: str = "/metrics", **headers: str) -> Scraped:
        response = await http.get(url + path, headers=headers)
        assert response.status_code == 200, response.text
        return parsed(response.text)

    return scraped
