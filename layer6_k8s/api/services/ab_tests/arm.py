"""The arm of an A/B test in which the current turn is answered."""

from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Arm:
    experiment: UUID
    name: str


current_arm: ContextVar[Arm | None] = ContextVar("arm", default=None)
