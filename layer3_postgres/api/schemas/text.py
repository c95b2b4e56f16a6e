"""Text as it may come in."""

from typing import Annotated

from pydantic import AfterValidator


def storable(text: str) -> str:
    """Refuse what no database and no other service could take: NUL and lone surrogates."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not contain NUL characters or lone surrogates")
    return text


Text = Annotated[str, AfterValidator(storable)]
