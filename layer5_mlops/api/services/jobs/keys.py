"""Idempotency keys: a request that is sent twice with the same key starts one job.

The id of the job is made of the key, so no second table has to be kept in step.
"""

from uuid import UUID, uuid4, uuid5

from api.services.jobs.kinds import JobKind

KEYS = UUID("6f0c2f5e-3d5b-4b57-9a35-0d6d1a1f4c58")
"""The namespace of these ids, chosen at random."""


def job_id(kind: JobKind, subject: UUID | None, key: str | None) -> UUID:
    """The id of the job that this key starts; a new one without a key. `subject`: what the job is about."""
    return uuid5(KEYS, f"{kind}:{subject}:{key}") if key else uuid4()
