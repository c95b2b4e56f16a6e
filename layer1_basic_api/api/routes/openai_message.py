"""The message of an answer in OpenAI's shape."""

from typing import Any

from api.services.chat.turn import Answer


def text_of(answer: Answer, *, verbatim: bool) -> str:
    """The text of an answer and its notice, since the protocol has no field for one. `verbatim`: the text alone."""
    return answer.response + ("" if verbatim else notice_of(answer))


def notice_of(answer: Answer) -> str:
    """The notice as a line in italics, below the answer if there is one; empty without a notice."""
    if answer.notice is None:
        return ""
    return ("\n\n" if answer.response.strip() else "") + f"*{answer.notice}*"


def parts_of(answer: Answer, base_url: str) -> dict[str, Any]:
    """The parts of the message beside its text. `base_url`: the address of the page."""
    parts: dict[str, Any] = {}
    if answer.tool_calls:
        parts["tool_calls"] = list(answer.tool_calls)
    return parts
