"""What the tokens of an answer cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from api.services.chat.turn import Usage

MILLION = 1_000_000
DIGITS = 8
"""Decimal places of a cost, as it is stored."""
MOST_TOKENS = 2**31 - 1
MOST_COST = Decimal(99_999_999)
"""What a server counts is unchecked, and must not cost the answer its row."""


@dataclass(frozen=True)
class Price:
    """Per million tokens of the prompt and of the answer."""

    prompt: Decimal
    completion: Decimal


@dataclass(frozen=True)
class PricedUsage(Usage):
    """Tokens with what they cost, in the currency of the prices; None if the model has no known price."""

    cost: float | None = None


@dataclass(frozen=True)
class Prices:
    """A version of the prices: those of the models of each provider, and the providers whose models cost nothing."""

    version: str
    currency: str
    free: frozenset[str]
    models: Mapping[tuple[str, str], Price]

    def cost(self, provider: str, model: str, usage: Usage) -> float | None:
        """0 for a model on own machines, None for a model without a price."""
        if provider in self.free:
            return 0.0
        price = self.models.get((provider, model))
        if price is None:
            return None
        total = counted(usage.prompt_tokens) * price.prompt + counted(usage.completion_tokens) * price.completion
        return float(min(round(total / MILLION, DIGITS), MOST_COST))

    def priced(self, provider: str, model: str, usage: Usage) -> PricedUsage:
        """The same tokens, with their cost."""
        return PricedUsage(
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            estimated=usage.estimated,
            trimmed_messages=usage.trimmed_messages,
            cost=self.cost(provider, model, usage),
        )


def counted(tokens: int) -> int:
    """As many as can be stored."""
    return max(0, min(tokens, MOST_TOKENS))
