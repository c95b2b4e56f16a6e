"""Resolve a follow-up question with the history, before it is searched."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.services.turn import Message


def standalone(question: str, history: "Sequence[Message]") -> str:
    """`question`, completed with what the conversation is about if it does not stand on its own."""
    return question
