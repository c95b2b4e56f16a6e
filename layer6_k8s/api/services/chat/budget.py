"""Fit a conversation into a model's context window: the oldest messages are dropped first, and counted."""

import json
from collections.abc import Sequence

from api.errors import PromptTooLong
from api.services.chat.options import Options
from api.services.chat.turn import Message

MESSAGE_OVERHEAD = 8  # role and separators of a chat template, in tokens
BYTES_PER_TOKEN = 3  # English has about 4 bytes per token; 3 keeps the estimate on the safe side


def estimate_tokens(text: str) -> int:
    """Tokens of a text without the model's tokenizer: an upper estimate for ordinary prose."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def prompt_tokens(messages: Sequence[Message]) -> int:
    return sum(_tokens(message) + MESSAGE_OVERHEAD for message in messages)


def tool_tokens(options: Options) -> int:
    """Tokens of the descriptions of the tools."""
    return estimate_tokens(json.dumps(options.tools)) if options.tools else 0


def fit(messages: Sequence[Message], window: int, reserve: int, newest: int = 1) -> tuple[tuple[Message, ...], int]:
    """The messages that fit into `window` tokens with `reserve` left for the answer, and how many were dropped.

    System messages and the `newest` messages always stay, then the later ones of the others. Raises `PromptTooLong`
    if the messages that must stay do not fit.
    """
    room = window - reserve
    last = len(messages) - newest
    kept = {i for i, message in enumerate(messages) if message.role == "system" or i >= last}
    used = prompt_tokens([messages[i] for i in kept])
    if used > room:
        raise PromptTooLong(
            f"The message needs about {used} tokens; the model has room for {max(room, 0)} of its {window}. Shorten it."
        )
    for i in sorted(set(range(last)) - kept, reverse=True):
        used += prompt_tokens([messages[i]])
        if used > room:
            break
        kept.add(i)
    for i in sorted(kept):
        if messages[i].role == "tool" and i - 1 not in kept:  # a result without its call, which models refuse
            kept.discard(i)
    return tuple(messages[i] for i in sorted(kept)), len(messages) - len(kept)


def _tokens(message: Message) -> int:
    calls = estimate_tokens(json.dumps(message.tool_calls)) if message.tool_calls else 0
    return estimate_tokens(message.content) + calls
