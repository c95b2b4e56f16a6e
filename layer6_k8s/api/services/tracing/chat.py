"""Spans around an answer: of the whole turn, and of what a language model writes."""

import json
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from api.services.chat.turn import Answer, Chat, ChatEvent, DoneEvent, Message, Turn
from api.services.tracing import names
from api.services.tracing.tracer import Attributes, Span, Tracer


class TracedChat:
    """The port `Chat`, over one that lets a language model write: the stage `generate`."""

    def __init__(self, chat: Chat, tracer: Tracer) -> None:
        self.inner = chat
        self.tracer = tracer

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`. The model is known for certain when the answer is complete."""
        name = f"{names.CHAT} {turn.model}" if turn.model else names.CHAT
        span = self.tracer.start(name, {names.OPERATION: names.CHAT, **_asked(turn)})
        span.show(names.INPUT_MESSAGES, lambda: _messages([*turn.history, Message("user", turn.message), *turn.after]))
        async with aclosing(_through(span, self.inner, turn)) as events:
            async for event in events:
                if isinstance(event, DoneEvent):
                    span.rename(f"{names.CHAT} {event.answer.model}")
                yield event


class TracedAnswers:
    """The port `Chat`, over the whole of a turn: what the stages of the answer have in common."""

    def __init__(self, chat: Chat, tracer: Tracer) -> None:
        self.inner = chat
        self.tracer = tracer

    async def stream(self, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
        """See `Chat`."""
        given: Attributes = {
            names.OPERATION: names.WORKFLOW,
            names.WORKFLOW_NAME: names.ANSWER,
            names.REQUEST: turn.request_id,
            **_asked(turn),
        }
        span = self.tracer.start(f"{names.WORKFLOW} {names.ANSWER}", given)
        span.show(names.INPUT_MESSAGES, lambda: _messages([Message("user", turn.message)]))
        async with aclosing(_through(span, self.inner, turn)) as events:
            async for event in events:
                if isinstance(event, DoneEvent):
                    _judged(span, event.answer)
                yield event


async def _through(span: Span, chat: Chat, turn: Turn) -> AsyncGenerator[ChatEvent, None]:
    """The events of `chat`, with the span around each step; it ends with the last one.

    The span is current while an event is made, and not while the consumer has it: a generator runs in the context of
    whoever asks for the next event, and would leave its span there.
    """
    started, first = time.perf_counter(), True
    failed: BaseException | None = None
    try:
        async with aclosing(chat.stream(turn)) as events:
            while True:
                with span.current():
                    event = await anext(events, None)
                if event is None:
                    return
                if first:
                    span.set({names.FIRST_CHUNK: time.perf_counter() - started})
                    first = False
                if isinstance(event, DoneEvent):
                    _written(span, event.answer)
                yield event
    except BaseException as error:
        failed = error
        raise
    finally:
        span.end(failed)


def _asked(turn: Turn) -> Attributes:
    return {
        names.REQUEST_MODEL: turn.model,
        names.TEMPERATURE: turn.temperature,
        names.MAX_TOKENS: turn.max_tokens,
        names.CONVERSATION: str(turn.conversation_id) if turn.conversation_id else None,
    }


def _written(span: Span, answer: Answer) -> None:
    span.set(
        {
            names.PROVIDER: answer.provider,
            names.REQUEST_MODEL: answer.model,
            names.RESPONSE_MODEL: answer.model,
            names.INPUT_TOKENS: answer.usage.prompt_tokens,
            names.OUTPUT_TOKENS: answer.usage.completion_tokens,
            names.ESTIMATED: answer.usage.estimated,
            names.FINISH_REASONS: [answer.finish_reason],
        }
    )
    span.show(names.OUTPUT_MESSAGES, lambda: _messages([Message("assistant", answer.response)]))


def _judged(span: Span, answer: Answer) -> None:
    support = [claim.support for claim in answer.claims]
    span.set(
        {
            names.CONVERSATION: str(answer.conversation_id) if answer.conversation_id else None,
            names.MESSAGE: str(answer.message_id) if answer.message_id else None,
            names.GROUNDED: answer.grounded,
            names.REFUSAL: answer.refusal,
            names.SOURCES: len(answer.sources),
            names.SUPPORTED: support.count("supported"),
            names.UNSUPPORTED: support.count("unsupported"),
            names.REMOVED_MARKERS: answer.removed_markers,
        }
    )


def _messages(messages: Iterable[Message]) -> str:
    """Messages in the convention's JSON."""
    return json.dumps(
        [{"role": each.role, "parts": [{"type": "text", "content": each.content}]} for each in messages],
        ensure_ascii=False,
    )
