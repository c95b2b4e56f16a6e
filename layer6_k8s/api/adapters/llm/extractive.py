"""Answers without any model, by quoting the sentences of the conversation that answer the question.

It is deterministic and never invents: every word of an answer, except the frame around it, is in the context.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence

from api.services.chat.cutting import cut
from api.services.chat.language_model import Finished, ModelInfo, Prompt, Token
from api.services.chat.turn import Message
from api.services.text.sentences import Sentence, sentences
from api.services.text.terms import terms

NO_CONTEXT = (
    "No language model is connected, and the conversation has no text to quote from. "
    "Paste a text above your question, or connect a model: the service's status says what is missing."
)
NOT_FOUND = "No sentence of the text above answers this, and no language model is connected to say more."
MAX_QUOTES = 2
LONG = 4_000  # characters; a longer conversation is searched in a thread, so that the event loop stays free
ENOUGH = 0.5  # share of the question's words that a quoted sentence must contain


class ExtractiveModel:
    """Quotes instead of generating. `instructions` is the service's own system prompt, which is not quoted."""

    name = provider = "extractive"
    generates = False

    def __init__(self, instructions: str = "", window: int = 32_768) -> None:
        self.instructions = instructions
        self.window = window

    async def models(self) -> list[ModelInfo]:
        return [ModelInfo(self.name, self.provider, self.window, default=True)]

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Token | Finished, None]:
        length = sum(len(message.content) for message in prompt.messages)
        if length > LONG:
            text = await asyncio.to_thread(self._answer, prompt.messages)
        else:
            text = self._answer(prompt.messages)
        text, reason = cut(text, prompt.max_tokens, prompt.options.stop)
        for line in text.splitlines(keepends=True):
            yield Token(line)
        yield Finished(reason)

    async def can_quote(self, messages: Sequence[Message]) -> bool:
        return await asyncio.to_thread(self._answer, messages) not in (NO_CONTEXT, NOT_FOUND)

    def _answer(self, messages: Sequence[Message]) -> str:
        asked = max((i for i, message in enumerate(messages) if message.role == "user"), default=len(messages) - 1)
        *pasted, question = sentences(messages[asked].content) or [Sentence(0, 0, "")]
        others = [*messages[:asked], *messages[asked + 1 :]]
        said = [s for m in others if self._is_context(m) for s in sentences(m.content)]
        context = [s for s in [*said, *pasted] if not s.text.rstrip().endswith("?") and not _same(s, question)]
        if not context:
            return NO_CONTEXT
        quotes = _best(question.text, context)
        return "\n".join(f"“{quote.text.strip()}”" for quote in quotes) or NOT_FOUND

    def _is_context(self, message: Message) -> bool:
        """Only messages of the user, the client and its tools are sources; answers are not."""
        return message.role != "assistant" and message.content != self.instructions


def _same(sentence: Sentence, question: Sentence) -> bool:
    """Whether it is the question itself, which was asked before."""
    return sentence.text.strip().casefold() == question.text.strip().casefold()


def _best(question: str, context: Sequence[Sentence]) -> list[Sentence]:
    """The sentences with most of the question's words, weighting rare words higher, in reading order."""
    asked = set(terms(question))
    held = [asked & set(terms(sentence.text)) for sentence in context]
    frequency = Counter(term for found in held for term in found)
    scores = [sum(1 / frequency[term] for term in found) for found in held]
    ranked = sorted(range(len(context)), key=lambda i: -scores[i])[:MAX_QUOTES]
    enough = [i for i in ranked if asked and len(held[i]) >= ENOUGH * len(asked)]
    return [context[i] for i in sorted(enough)]
