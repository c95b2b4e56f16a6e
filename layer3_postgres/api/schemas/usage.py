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
}


class UsageResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    estimated: Annotated[bool, Field(description="The provider did not count tokens; these are estimates.")]
    trimmed_messages: Annotated[int, Field(description="Oldest messages left out to fit the window.")]


class CompletionUsage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, usages: Sequence[UsageResponse]) -> Self:
        """The tokens of all answers to one prompt."""
        prompt, completion = usages[0].prompt_tokens, sum(usage.completion_tokens for usage in usages)
        return cls(
            prompt_tokens=prompt,
            completion_tokens=completion,
            total_tokens=prompt + completion,
        )
