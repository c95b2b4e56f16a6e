"""Chats within the budget of their tenant.

`BudgetedChat` is around the whole answer: it reserves before the first event, so that a stream is refused with a status
of its own. `CountedWriter` is around what lets models write, below rewriting and retrieval, and counts what it spends.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from api.errors import MyStackError
from api.services.chat.budget import MESSAGE_OVERHEAD, estimate_tokens, prompt_tokens, tool_tokens
from api.services.chat.models import Models
from api.services.chat.turn import Chat, ChatEvent, DoneEvent, Message, TokenEvent, Turn
from api.services.limits.spending import Spending, current_spending

PASSAGE_TOKENS = 256
"""Room for one passage of the documents: a chunk is no longer than the window of the embedding model."""


class BudgetedChat:
    """The port `Chat`, over the one that answers users. Quotes cost nothing: only a model that generates does."""

    def __init__(self, chat: Chat, estimate: "Estimate", *, top_k: int, use_rag: bool) -> None:
        self.chat = chat
        self.estimate = estimate
        self.top_k = top_k
        self.use_rag = use_rag

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`. Raises what `Spending.ensure` raises."""
        spending = current_spending.get()
        try:
            if spending is not None and spending.is_limited:
                searched = self.use_rag if turn.use_rag is None else turn.use_rag
                passages = (turn.top_k or self.top_k) * PASSAGE_TOKENS if searched else 0
                await spending.ensure(await self.estimate.tokens(turn, passages))
            async with aclosing(self.chat.stream(turn)) as events:
                async for event in events:
                    yield event
        finally:
            if spending is not None:
                await spending.settle()


class CountedWriter:
    """The port `Chat`, over the one that lets models write. What was written is counted, however the stream ends."""

    def __init__(self, chat: Chat, estimate: "Estimate") -> None:
        self.chat = chat
        self.estimate = estimate

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`. Raises what `Spending.ensure` raises, if the prompt is longer than was reserved for it."""
        spending = current_spending.get()
        needed = await self.estimate.tokens(turn) if spending is not None and spending.is_limited else 0
        if spending is not None and needed:
            await spending.ensure(needed)
        events = self._counted(turn, spending) if spending is not None and needed else self.chat.stream(turn)
        async with aclosing(events):
            async for event in events:
                yield event

    async def _counted(self, turn: Turn, spending: Spending) -> AsyncGenerator[ChatEvent, None]:
        written, counted = "", False
        try:
            async with aclosing(self.chat.stream(turn)) as events:
                async for event in events:
                    if isinstance(event, TokenEvent):
                        written += event.text
                    if isinstance(event, DoneEvent):
                        counted = True
                        spending.spend(event.answer.usage.prompt_tokens, event.answer.usage.completion_tokens)
                    yield event
        except BaseException as error:
            if not counted and (written or not isinstance(error, MyStackError)):  # the client left: a model had begun
                spending.spend(self.estimate.prompt(turn), estimate_tokens(written))
            raise


class Estimate:
    """Tokens that a turn takes at most. `system_prompt`: what the service says where the turn has none."""

    def __init__(self, models: Models, *, max_tokens: int, system_prompt: str) -> None:
        self.models = models
        self.max_tokens = max_tokens
        self.system = estimate_tokens(system_prompt) + MESSAGE_OVERHEAD

    def prompt(self, turn: Turn) -> int:
        said = (*turn.history, Message("user", turn.message), *turn.after)
        system = 0 if any(message.role == "system" for message in said) else self.system
        return system + prompt_tokens(said) + tool_tokens(turn.options)

    async def tokens(self, turn: Turn, more: int = 0) -> int:
        """The prompt with `more` beside it, as far as the window goes, and the longest answer; 0 if no model writes.

        Raises `ModelNotFound`.
        """
        model, info = await self.models.choose(turn.model)
        if not model.generates or info.unavailable:
            return 0
        answer = min(turn.max_tokens or self.max_tokens, info.context_window // 2)
        return min(self.prompt(turn) + more, info.context_window - answer) + answer
