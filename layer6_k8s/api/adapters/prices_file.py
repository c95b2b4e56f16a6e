"""Prices of models, read from a TOML file such as the `prices.toml` beside the `api` package."""

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from api.errors import MyStackError
from api.services.usage.prices import Price, Prices

MOST = 10_000
"""The highest price per million tokens; above it there must be a mistake in the unit."""


class InvalidPrices(MyStackError):
    """The file of prices cannot be used."""

    code = "invalid_prices"


def read_prices(path: Path, server: str) -> Prices:
    """`server`: the host of the OpenAI-compatible server; entries for other servers are left out.

    Raises `InvalidPrices`.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return Prices(
            version=str(content["version"]),
            currency=str(content["currency"]),
            free=frozenset(content["local"]["providers"]),
            models=dict(_prices(content["price"], server)),
        )
    except OSError as error:
        raise InvalidPrices(f"{path} cannot be read: {error.strerror}.") from error
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise InvalidPrices(f"{path} is not a file of prices: {error!r}. See prices.toml of the layer.") from error


def _prices(entries: list[dict[str, Any]], server: str) -> Iterator[tuple[tuple[str, str], Price]]:
    for entry in entries:
        price = Price(Decimal(entry["prompt"]), Decimal(entry["completion"]))
        if not (0 <= price.prompt <= MOST and 0 <= price.completion <= MOST):
            raise ValueError(f"the price of {entry['models']} is not between 0 and {MOST} per million tokens")
        if not (entry["date"] and entry["source"]):
            raise ValueError(f"the price of {entry['models']} needs the date and the source where it was read")
        if entry.get("server", server) == server:
            yield from (((entry["provider"], model), price) for model in entry["models"])
