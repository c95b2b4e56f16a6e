"""Chat in an A/B test: a turn is answered as its conversation's arm says.

The arm is chosen by a hash of the conversation's id, so a conversation keeps it. Turns that are not stored have no arm:
nobody could vote on their answers. Of a stored answer, the arm is noted in the transaction that stores it.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from api.services.ab_tests.ab_test import ABTest, Overrides
from api.services.ab_tests.arm import Arm, current_arm
from api.services.ab_tests.assignment import assigned
from api.services.chat.turn import Chat, ChatEvent, Message, Turn
from api.services.rag.answerability.confidence import ENOUGH, enough
from api.services.retrieval.fusion import SPARSE_WEIGHT, sparse_weight

NONE = Overrides()


class ExperimentChat:
    """The port `Chat`, over another one that answers. `running` gives the test that is running, if there is one."""

    def __init__(self, chat: Chat, running: Callable[[], ABTest | None]) -> None:
        self.chat = chat
        self.running = running

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`.

        The context is set before each step and never reset: who reads the events may read each in another context, and
        the answer is stored after the last one.
        """
        arm, overrides = self._arm(turn)
        _enter(arm, overrides)
        async with aclosing(self.chat.stream(_overridden(turn, overrides))) as events:
            async for event in events:
                yield event
                _enter(arm, overrides)

    def _arm(self, turn: Turn) -> tuple[Arm | None, Overrides]:
        test = self.running()
        if test is None or not turn.store or turn.conversation_id is None:
            return None, NONE
        arm = test.arms[assigned(test.weights, test.id, turn.conversation_id)]
        return Arm(test.id, arm.name), arm.overrides


def _enter(arm: Arm | None, overrides: Overrides) -> None:
    current_arm.set(arm)
    sparse_weight.set(SPARSE_WEIGHT if overrides.sparse_weight is None else overrides.sparse_weight)
    enough.set(ENOUGH if overrides.answer_threshold is None else overrides.answer_threshold)


def _overridden(turn: Turn, overrides: Overrides) -> Turn:
    """The turn with what it does not say itself."""
    if overrides.system_prompt and not any(message.role == "system" for message in turn.history):
        turn = replace(turn, history=(Message("system", overrides.system_prompt), *turn.history))
    return replace(turn, model=turn.model or overrides.model, top_k=turn.top_k or overrides.top_k)
