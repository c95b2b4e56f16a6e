"""Messages in the JSON of OpenAI's protocol, which chat templates share."""

from typing import Any

from api.services.chat.turn import Message


def message_json(message: Message) -> dict[str, Any]:
    """The message with those of its fields that are set."""
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        body["tool_calls"] = list(message.tool_calls)
    if message.tool_call_id is not None:
        body["tool_call_id"] = message.tool_call_id
    if message.name is not None:
        body["name"] = message.name
    return body
