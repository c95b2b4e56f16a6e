"""Quality in production: what is looked at again of a sample of the stored answers, and the port to their store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from api.services.conversations.conversations import StoredSource

SAMPLES = "check answers again"
"""What the jobs are called. They are of the kind `quality`, and of this subject:"""
ANSWERS = UUID("0d9f4a51-6c0e-4d0b-9a63-8f1f1d2b7c35")


@dataclass(frozen=True)
class Asked:
    """A stored answer from the documents, and its question. `answer`: see `answer_metadata`."""

    message_id: UUID
    at: datetime
    question: str
    history: Sequence[tuple[str, str]]
    """Role and content of the messages before the question."""
    response: str
    answer: Mapping[str, Any]
    sources: Sequence[StoredSource]

    @property
    def refused(self) -> bool:
        return self.answer["refusal"] is not None


@dataclass(frozen=True)
class Sample:
    """What was found. `lost`: claims that were supported and are not any more; `different`: quotes that are not the
    text of their document; `deleted`: sources whose documents are gone, which is no error.

    `again_refused`, `again_grounded`, `overlap`: of the answer that the service gives now, None if none was given.
    `overlap`: the share of cited chunks that both answers have.
    """

    message_id: UUID
    answered_at: datetime
    claims: int
    lost: int
    sources: int
    different: int
    deleted: int
    refused: bool
    again_refused: bool | None = None
    again_grounded: bool | None = None
    overlap: float | None = None


@dataclass(frozen=True)
class Summary:
    """The samples of the last seven days. `overlap`: the mean, None if nothing was answered again."""

    samples: int
    claims: int
    lost: int
    quotes: int
    different: int
    answered_again: int
    changed: int
    """Refused then and answered now, or the other way round."""
    overlap: float | None


class SampleStore(Protocol):
    """All methods raise `StoreUnavailable`."""

    async def next(self, share: float, limit: int) -> Sequence[Asked]:
        """Answers of the last seven days that belong to the sample and were not looked at again, oldest first.

        An answer belongs to it by a hash of its id, so every process chooses the same ones.
        """
        ...

    async def add(self, sample: Sample) -> None:
        """An answer that was deleted meanwhile is left out."""
        ...

    async def summary(self) -> Summary: ...
