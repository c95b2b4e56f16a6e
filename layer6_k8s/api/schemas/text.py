"""Text in JSON input."""

from typing import Annotated

from pydantic import AfterValidator


def storable(text: str) -> str:
    """Reject NUL and lone surrogates, which databases and other services cannot store."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not contain NUL characters or lone surrogates")
    return text


Text = Annotated[str, AfterValidator(storable)]
