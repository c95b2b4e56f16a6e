"""The message of an answer in OpenAI's shape."""

from collections.abc import Callable
from typing import Any

from api.services.chat.turn import Answer

MessagePart = Callable[[Answer, str], dict[str, Any]]
"""Gives fields of a message beside its text; gets the answer, and the address of the page."""


def text_of(answer: Answer, *, verbatim: bool) -> str:
    """The text of an answer and its notice, since the protocol has no field for one. `verbatim`: the text alone."""
    return answer.response + ("" if verbatim else notice_of(answer))


def notice_of(answer: Answer) -> str:
    """The notice as a line in italics, below the answer if there is one; empty without a notice."""
    if answer.notice is None:
        return ""
    return ("\n\n" if answer.response.strip() else "") + f"*{answer.notice}*"


def tool_calls(answer: Answer, base_url: str) -> dict[str, Any]:
    """The tools that the model wants to have called."""
    return {"tool_calls": list(answer.tool_calls)} if answer.tool_calls else {}
