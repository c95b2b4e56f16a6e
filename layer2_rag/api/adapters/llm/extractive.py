"""Answers without any model: it quotes the sentences of the conversation that answer the question.

Deterministic, and it never invents: every word of an answer but the frame around it stands in the context.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence

from api.services.chat.language_model import Finished, ModelInfo, Prompt, Token
from api.services.chat.turn import Message
from api.services.text.sentences import Sentence, sentences
from api.services.text.terms import terms

NO_CONTEXT = (
    "No language model is connected, and there is no text here that I could quote from. "
    "Paste a text above your question, or connect a model: the service's status says what is missing."
)
NOT_FOUND = "No sentence of the text above answers this, and no language model is connected that could say more."
MAX_QUOTES = 2
LONG = 4_000  # characters; more than that is read in a thread, so that the event loop stays free
ENOUGH = 0.5  # share of the question's words that a quoted sentence has to hold


class ExtractiveModel:
    """Quotes instead of generating. `instructions` is the service's own system prompt, which is no context."""

    provider = "extractive"
    generates = False

    def __init__(self, instructions: str = "", window: int = 32_768) -> None:
        self.instructions = instructions
        self.window = window

    async def models(self) -> list[ModelInfo]:
        return [ModelInfo("extractive", "extractive", self.window, default=True)]

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Token | Finished, None]:
        length = sum(len(message.content) for message in prompt.messages)
        if length > LONG:
            text = await asyncio.to_thread(self._answer, prompt.messages)
        else:
            text = self._answer(prompt.messages)
        for line in text.splitlines(keepends=True):
            yield Token(line)
        yield Finished()

    def _answer(self, messages: Sequence[Message]) -> str:
        *earlier, last = messages
        *pasted, question = sentences(last.content) or [Sentence(0, 0, "")]
        said = [s for m in earlier if self._is_context(m) for s in sentences(m.content)]
        context = [s for s in [*said, *pasted] if not s.text.rstrip().endswith("?")]
        if not context:
            return NO_CONTEXT
        quotes = _best(question.text, context)
        return "\n".join(f"“{quote.text.strip()}”" for quote in quotes) or NOT_FOUND

    def _is_context(self, message: Message) -> bool:
        """What the user or the client wrote: an answer is no source, least of all one of our own."""
        return message.role != "assistant" and message.content != self.instructions


def _best(question: str, context: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that hold most of the question's words, rare words counting more; in reading order."""
    asked = set(terms(question))
    held = [asked & set(terms(sentence.text)) for sentence in context]
    frequency = Counter(term for found in held for term in found)
    scores = [sum(1 / frequency[term] for term in found) for found in held]
    ranked = sorted(range(len(context)), key=lambda i: -scores[i])[:MAX_QUOTES]
    enough = [i for i in ranked if asked and len(held[i]) >= ENOUGH * len(asked)]
    return [context[i] for i in sorted(enough)]
