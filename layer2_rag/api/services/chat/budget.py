"""Fit a conversation into a model's context window: the oldest messages go first, and it is said how many."""

from collections.abc import Sequence

from api.errors import PromptTooLong
from api.services.chat.turn import Message

MESSAGE_OVERHEAD = 8  # role and separators of a chat template, in tokens
BYTES_PER_TOKEN = 3  # English runs at about 4 bytes a token; 3 keeps the estimate on the safe side


def estimate_tokens(text: str) -> int:
    """Tokens of a text whose tokenizer we do not have: an upper estimate for ordinary prose."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def prompt_tokens(messages: Sequence[Message]) -> int:
    return sum(estimate_tokens(message.content) + MESSAGE_OVERHEAD for message in messages)


def fit(messages: Sequence[Message], window: int, reserve: int) -> tuple[tuple[Message, ...], int]:
    """The messages that fit into `window` tokens with `reserve` left for the answer, and how many were dropped.

    System messages and the last message always stay; of the rest the newest stay. Raises `PromptTooLong` if what
    has to stay does not fit.
    """
    room = window - reserve
    last = len(messages) - 1
    kept = {i for i, message in enumerate(messages) if message.role == "system" or i == last}
    used = prompt_tokens([messages[i] for i in kept])
    if used > room:
        raise PromptTooLong(
            f"The message needs about {used} tokens, and the model has room for {max(room, 0)} of its {window}."
        )
    for i in sorted(set(range(last)) - kept, reverse=True):
        used += prompt_tokens([messages[i]])
        if used > room:
            break
        kept.add(i)
    return tuple(messages[i] for i in sorted(kept)), len(messages) - len(kept)
