"""Keeps the address of a link behind its text: `the form (https://forms.example.org)`."""

import re

MAX_CHARS = 300
"""Longer addresses carry tracking data and images, and no reader copies them."""

_ADDRESS = re.compile(r"(?:https?://|mailto:|tel:|ftp://)\S+", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:https?://(?:www\.)?|mailto:|tel:|ftp://)|/$", re.IGNORECASE)


def is_address(address: str) -> bool:
    """Whether a reader outside the document can follow it."""
    return len(address) <= MAX_CHARS and _ADDRESS.fullmatch(address) is not None


def with_address(text: str, address: str) -> str:
    """`text (address)`; only the text if it has the address already, or if that is relative or too long."""
    address = address.strip()
    if not is_address(address):
        return text
    if _SCHEME.sub("", address).casefold() in text.casefold():
        return text
    shown = re.sub(r"^(?:mailto|tel):", "", address, flags=re.IGNORECASE)
    return f"{text} ({shown})" if text.strip() else text
