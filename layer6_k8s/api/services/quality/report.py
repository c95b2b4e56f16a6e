"""A report on the data: what is wrong, how often, and what to do."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

MOST_EXAMPLES = 20


@dataclass(frozen=True)
class Found:
    """What a check found: `count` things, and the ids or names of at most `MOST_EXAMPLES` of them."""

    count: int
    examples: Sequence[str] = ()


NOTHING = Found(0)


@dataclass(frozen=True)
class Finding:
    """Something that is wrong. `advice`: what to do. `repaired`: for how many of them a repair has been queued."""

    code: str
    count: int
    examples: Sequence[str]
    advice: str
    repaired: int = 0


@dataclass(frozen=True)
class Check:
    """One question about the data. `find` raises `StoreUnavailable` if the answer takes too long.

    `repair` is given where it is safe to do without asking; it returns for how many of them a repair is queued.
    """

    code: str
    advice: str
    find: Callable[[], Awaitable[Found]]
    repair: Callable[[Found], Awaitable[int]] | None = None


@dataclass(frozen=True)
class Report:
    """`unanswered`: the codes of the checks that took too long. `compared` of `documents` had their texts compared."""

    id: UUID
    checked_at: datetime
    seconds: float
    findings: Sequence[Finding]
    documents: int
    compared: int
    unanswered: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Texts:
    """The comparison of chunks with the texts of their documents. It covers as many documents as time allows."""

    documents: int
    compared: int
    different: Found
    beyond: Found


class TextComparison(Protocol):
    async def compare(self) -> Texts:
        """Compare the chunks of documents with their texts. Raises `StoreUnavailable`."""
        ...


class ReportStore(Protocol):
    """The stored reports. All methods raise `StoreUnavailable`."""

    async def add(self, report: Report) -> None:
        """Store a report; one with the same id is replaced. Old ones are deleted."""
        ...

    async def latest(self) -> Report | None: ...
