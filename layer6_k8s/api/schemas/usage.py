"""The tokens of an answer, as /chat and as OpenAI's protocol state them."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE_USAGE: dict[str, Any] = {
    "prompt_tokens": 41,
    "completion_tokens": 12,
    "total_tokens": 53,
    "estimated": False,
    "trimmed_messages": 0,
    "cost": 0.0,
}

COST = "In the currency of `GET /usage`; 0 for a model on your own machines, null for a model without a known price."


class UsageResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    estimated: Annotated[bool, Field(description="The provider did not count tokens; these are estimates.")]
    trimmed_messages: Annotated[int, Field(description="Oldest messages left out to fit the window.")]
    cost: Annotated[float | None, Field(description=COST)] = None


class CompletionUsage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost: Annotated[
        float | None,
        Field(
            description=f"Not a field of OpenAI's; left out if it is not known. {COST}",
            exclude_if=lambda cost: cost is None,
        ),
    ] = None

    @classmethod
    def of(cls, usages: Sequence[UsageResponse]) -> Self:
        """The tokens of all answers to one prompt."""
        prompt, completion = usages[0].prompt_tokens, sum(usage.completion_tokens for usage in usages)
        return cls(
            prompt_tokens=prompt,
            completion_tokens=completion,
            total_tokens=prompt + completion,
            cost=_sum([usage.cost for usage in usages]),
        )


def _sum(costs: Sequence[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
