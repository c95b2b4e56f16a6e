"""Numbers as they may come in."""

from pydantic import BeforeValidator


def json_number(value: object) -> object:
    """Refuse "5" and `true`, which pydantic would take for numbers. 5.0 is a whole number: JSON knows only one kind."""
    if isinstance(value, str | bool):
        raise ValueError("must be a number")
    return value


JsonNumber = BeforeValidator(json_number)
