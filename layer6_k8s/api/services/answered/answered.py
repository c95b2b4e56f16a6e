"""Answers that were given: what each one cost, how well it was grounded, and in which arm of an A/B test."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from api.services.ab_tests.arm import current_arm
from api.services.answered.route import current_route
from api.services.usage.prices import counted


@dataclass(frozen=True)
class Answered:
    """One answer without its words. `id` is that of its message if it was stored; `cost` None: without a price.

    `supported`, `unsupported` and `unknown` count its claims.
    """

    id: UUID
    at: datetime
    route: str
    request_id: str
    conversation_id: UUID | None
    provider: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    latency_ms: float
    grounded: bool
    refusal: str | None
    supported: int
    unsupported: int
    unknown: int
    removed_markers: int
    experiment: UUID | None
    arm: str | None


class AnsweredLog(Protocol):
    async def add(self, answered: Answered) -> None:
        """Keep the row of an answer that was not stored in a conversation. Raises `StoreUnavailable`."""
        ...


def answered_now(id: UUID, at: datetime, conversation_id: UUID | None, metadata: Mapping[str, Any]) -> Answered:
    """The row of an answer that is given to the current request; `metadata` is the result of `answer_metadata`."""
    usage, arm = metadata["usage"], current_arm.get()
    claims = Counter(claim["support"] for claim in metadata["claims"])
    return Answered(
        id=id,
        at=at,
        route=current_route.get(),
        request_id=metadata["request_id"],
        conversation_id=conversation_id,
        provider=metadata["provider"],
        model=_storable(metadata["model"]),
        prompt_tokens=counted(usage["prompt_tokens"]),
        completion_tokens=counted(usage["completion_tokens"]),
        cost=usage.get("cost"),
        latency_ms=metadata["latency_ms"],
        grounded=metadata["grounded"],
        refusal=metadata["refusal"],
        supported=claims["supported"],
        unsupported=claims["unsupported"],
        unknown=claims["unknown"],
        removed_markers=metadata["removed_markers"],
        experiment=arm.experiment if arm else None,
        arm=arm.name if arm else None,
    )


def _storable(name: str) -> str:
    """A server's name of its model is unchecked: NUL and lone surrogates, which PostgreSQL refuses, become U+FFFD."""
    return name.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
