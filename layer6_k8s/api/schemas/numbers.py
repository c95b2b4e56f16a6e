"""Numbers in JSON input."""

from pydantic import BeforeValidator


def json_number(value: object) -> object:
    """Reject "5" and `true`, which pydantic would convert. 5.0 is accepted as an integer: JSON has one number type."""
    if isinstance(value, str | bool):
        raise ValueError("must be a number")
    return value


JsonNumber = BeforeValidator(json_number)
