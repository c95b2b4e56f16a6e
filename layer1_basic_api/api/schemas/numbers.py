"""Numbers as they may come in: JSON's own, and not the "5" or `true` that pydantic would take for them."""

from typing import Annotated

from pydantic import BeforeValidator


def _number(value: object) -> object:
    """Refuse text and booleans. 5.0 is a whole number: JSON knows only one kind."""
    if isinstance(value, str | bool):
        raise ValueError("must be a number")
    return value


Whole = Annotated[int, BeforeValidator(_number)]
Real = Annotated[float, BeforeValidator(_number)]
