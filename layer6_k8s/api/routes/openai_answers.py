"""Answers in OpenAI's shape: a completion, or the chunks of a stream."""

import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi.sse import format_sse_event
from pydantic_core import to_json

from api.routes.openai_message import MessagePart, notice_of, text_of
from api.schemas.openai import Completion, CompletionChoice
from api.schemas.usage import CompletionUsage, UsageResponse
from api.services.chat.turn import Answer, ChatEvent, DoneEvent, TokenEvent

IndexedEvent = tuple[int, ChatEvent]


@dataclass(frozen=True)
class AnswerFormat:
    """How the answers to one request are written. `verbatim`: without notices, because their text is JSON."""

    id: str
    base_url: str
    parts: Sequence[MessagePart]
    verbatim: bool
    created: int = field(default_factory=lambda: int(time.time()))

    def completion(self, answers: Sequence[Answer]) -> Completion:
        return Completion(
            id=self.id,
            created=self.created,
            model=answers[0].model,
            choices=[self._choice(index, answer) for index, answer in enumerate(answers)],
            usage=usage_of(answers),
        )

    def parts_of(self, answer: Answer) -> dict[str, Any]:
        """The parts of the message beside its text."""
        return {name: value for part in self.parts for name, value in part(answer, self.base_url).items()}

    def _choice(self, index: int, answer: Answer) -> CompletionChoice:
        content = text_of(answer, verbatim=self.verbatim)
        return CompletionChoice(
            index=index,
            message={
                "role": "assistant",
                "content": None if answer.tool_calls and not content else content,
                "refusal": None,
                **self.parts_of(answer),
            },
            logprobs=_logprobs(answer),
            finish_reason=answer.finish_reason,
        )


@dataclass
class Chunks:
    """Encodes the events of the choices of a stream. The usage of all follows the last of the `count` choices."""

    format: AnswerFormat
    model: str
    count: int
    include_usage: bool
    _answers: list[Answer] = field(default_factory=list)
    _sent: str = ""

    def encode(self, indexed: IndexedEvent) -> bytes:
        index, event = indexed
        if isinstance(event, TokenEvent):
            self._sent += event.text
            return self._chunk([_choice(index, {"role": "assistant", "content": event.text})])
        return self._end(index, event.answer) if isinstance(event, DoneEvent) else b""  # nothing else has a chunk

    def _end(self, index: int, answer: Answer) -> bytes:
        """What only the end of an answer tells: its notice, its parts, and the reason why it ends there."""
        self._answers.append(answer)
        self.model = answer.model
        answer, self._sent = replace(answer, response=self._sent), ""  # what was sent cannot be revised any more
        last = _choice(index, {}) | {"finish_reason": answer.finish_reason, "logprobs": _logprobs(answer)}
        chunks = [self._chunk([_choice(index, delta)]) for delta in self._last_deltas(answer)]
        chunks.append(self._chunk([last]))
        if self.include_usage and len(self._answers) == self.count:
            chunks.append(self._chunk([], usage=usage_of(self._answers).model_dump()))
        return b"".join(chunks)

    def _last_deltas(self, answer: Answer) -> Iterable[dict[str, Any]]:
        notice = "" if self.format.verbatim else notice_of(answer)
        if notice:
            yield {"content": notice}
        parts = self.format.parts_of(answer)
        if "tool_calls" in parts:
            parts["tool_calls"] = [{"index": i, **call} for i, call in enumerate(parts["tool_calls"])]
        if parts:
            yield {"role": "assistant", **parts}

    def _chunk(self, choices: list[dict[str, Any]], **more: Any) -> bytes:
        base = {
            "id": self.format.id,
            "object": "chat.completion.chunk",
            "created": self.format.created,
            "model": self.model,
            "choices": choices,
        }
        return format_sse_event(data_str=to_json(base | more).decode())


async def indexed(choices: Iterable[AsyncGenerator[ChatEvent, None]]) -> AsyncGenerator[IndexedEvent, None]:
    """The events of the choices, one choice after the other."""
    for index, events in enumerate(choices):
        async with aclosing(events):
            async for event in events:
                yield index, event


def usage_of(answers: Sequence[Answer]) -> CompletionUsage:
    """The tokens of all answers to one prompt."""
    return CompletionUsage.of([UsageResponse.model_validate(answer.usage) for answer in answers])


def _choice(index: int, delta: dict[str, Any]) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": None}


def _logprobs(answer: Answer) -> dict[str, Any] | None:
    return {"content": list(answer.logprobs), "refusal": None} if answer.logprobs else None
